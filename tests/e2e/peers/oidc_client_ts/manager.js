// The library's UserManager, for both pages.

/** `?dpop` in the first address makes it an app whose tokens are bound to a key. */
if (location.search === '?dpop') sessionStorage.setItem('dpop', 'yes')

async function manager() {
  const told = await (await fetch('settings.json')).json()
  const key = { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() }
  const dpop = sessionStorage.getItem('dpop') ? { dpop: key } : { loadUserInfo: true }
  return new oidc.UserManager({
    ...told,
    ...dpop,
    redirect_uri: `${location.origin}/callback.html`,
    post_logout_redirect_uri: `${location.origin}/`,
    automaticSilentRenew: false,
    revokeTokensOnSignout: true,
  })
}
