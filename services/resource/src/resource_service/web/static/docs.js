// Start Swagger UI, and finish what its Authorize button began.
const place = document.getElementById("swagger-ui");

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  oauth2RedirectUrl: `${location.origin}/docs/oauth2-redirect`,
  // The token request goes to another origin; without this header of Swagger UI's own
  // it is one that browsers send without asking first (a "simple" one).
  requestInterceptor: (request) => {
    if (new URL(request.url, location).origin !== location.origin) {
      delete request.headers["X-Requested-With"];
    }
    return request;
  },
});

ui.initOAuth({
  clientId: place.dataset.clientId,
  usePkceWithAuthorizationCodeGrant: true,
  scopes: "notes:read notes:write",
});

const channel = new BroadcastChannel("valetkey-docs-authorization");
channel.addEventListener("message", ({ data }) => {
  const asked = window.swaggerUIRedirectOauth2;
  // Another tab's answer, or one that nobody asked for (RFC 6749 section 10.12).
  if (!asked || !asked.state || data.state !== asked.state) return;
  const { auth, redirectUrl } = asked;
  if (data.code) {
    delete asked.state;
    auth.code = data.code;
    asked.callback({ auth, redirectUrl });
    return;
  }
  asked.errCb({
    authId: auth.name,
    source: "auth",
    level: "error",
    message: `[${data.error}] ${data.error_description ?? ""}`,
  });
});
