// Passkeys: a form's options go to the browser, its answer goes back by the form.
const button = document.querySelector("button[data-passkey]");
const of = window.PublicKeyCredential;

if (button && of?.parseRequestOptionsFromJSON) {
  const { form } = button;
  const options = JSON.parse(button.dataset.passkey);
  const creates = "creates" in button.dataset;
  let waiting = new AbortController();

  const send = (credential) => {
    form.elements.credential.value = JSON.stringify(credential);
    // Whatever stands in the other fields is for another way to sign in.
    form.noValidate = true;
    form.requestSubmit(button);
  };
  const ask = async (more = {}) => {
    waiting.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    try {
      send(creates
        ? await navigator.credentials.create({ publicKey: of.parseCreationOptionsFromJSON(options), signal })
        : await navigator.credentials.get({ publicKey: of.parseRequestOptionsFromJSON(options), signal, ...more }));
    } catch (error) {
      if (!signal.aborted) document.querySelector("#passkey-failed")?.removeAttribute("hidden");
    }
  };

  for (const part of document.querySelectorAll("[data-with-passkeys]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-without-passkeys]")) part.hidden = true;
  button.addEventListener("click", (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    ask();
  });
  // Offered among the names that the browser fills in, if it does that.
  if ("autofill" in button.dataset && await of.isConditionalMediationAvailable?.()) {
    ask({ mediation: "conditional" });
  }
}
