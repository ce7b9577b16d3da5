// A button beside a password that shows what was typed.
for (const button of document.querySelectorAll("button[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  // Password managers and histories must not keep it as a text.
  input.form.addEventListener("submit", () => { input.type = "password"; });
}
