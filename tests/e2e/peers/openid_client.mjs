// An app on `openid-client`, one function for each thing that it does, as its author
// would write it from the library's documentation.

import { load, run, told, visit } from './node_script.mjs'

const client = await load('openid-client')

const TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

// http, on loopback; and every signature is checked, though over https it need not be.
const options = {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
}

/** The key that the app has registered, for signing. */
async function signingKey() {
  const { kid, alg, ...jwk } = told.key
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return { key, kid }
}

async function authentication() {
  switch (told.method) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(told.client_secret)
    case 'client_secret_post':
      return client.ClientSecretPost(told.client_secret)
    case 'private_key_jwt':
      return client.PrivateKeyJwt(await signingKey())
    default:
      return client.None()
  }
}

/** The configuration of the app that we are. */
async function discover() {
  const server = new URL(told.issuer)
  const how = await authentication()
  return client.discovery(server, told.client_id, told.metadata, how, options)
}

/** The configuration of the API that is told of, with its own credentials. */
async function discoverAsApi() {
  const { client_id, client_secret, metadata } = told.api
  const how = client.ClientSecretBasic(client_secret)
  return client.discovery(new URL(told.issuer), client_id, metadata, how, options)
}

/**
 * Send the person to sign in, and exchange the code that they bring.
 *
 * @param more other parameters of the request
 * @param resources what to ask for; the first is what the access token is for
 * @param build what makes the authorization URL: the library has three ways
 */
async function signIn(config, { more = {}, resources = [], DPoP, build } = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const expectedNonce = client.randomNonce()
  const parameters = new URLSearchParams({
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  })
  for (const each of resources) parameters.append('resource', each)
  const url = await (build ?? client.buildAuthorizationUrl)(config, parameters, DPoP)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const target = resources.length ? { resource: resources[0] } : undefined
  const back = await visit(url)
  const tokens = await client.authorizationCodeGrant(config, back, checks, target, { DPoP })
  return { url: String(url), tokens, claims: tokens.claims() }
}

/** What the server says to a request that the library must see refused. */
async function refusal(request) {
  try {
    await request
  } catch (error) {
    return error.error ?? String(error)
  }
  return null
}

const pushed = (config, parameters, DPoP) =>
  client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
const signed = async (config, parameters) =>
  client.buildAuthorizationUrlWithJAR(config, parameters, await signingKey())

/** Sign in, then everything that an app does with what it was given. */
async function all_of_it() {
  const config = await discover()
  const { tokens, claims } = await signIn(config)
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token)
  await client.tokenRevocation(config, fresh.refresh_token)
  const gone = await refusal(client.refreshTokenGrant(config, fresh.refresh_token))
  const state = client.randomState()
  const out = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: told.post_logout_redirect_uri,
    state,
  })
  const left = await visit(out)
  return { claims, userinfo, tokens, fresh, gone, left, state }
}

/** What an API is told about an access token that the app holds, and in what form. */
async function introspection() {
  const config = await discover()
  const { tokens } = await signIn(config)
  const api = await discoverAsApi()
  let form
  api[client.customFetch] = async (...request) => {
    const answer = await fetch(...request)
    form = answer.headers.get('content-type')
    return answer
  }
  const before = await client.tokenIntrospection(api, tokens.access_token)
  await client.tokenRevocation(config, tokens.access_token)
  const after = await client.tokenIntrospection(api, tokens.access_token)
  return { before, after, form }
}

async function client_credentials() {
  const config = await discover()
  return client.clientCredentialsGrant(config, { scope: told.scope })
}

/** Sign in by a variant of the authorization request. */
const sign_in = async () => signIn(await discover(), { more: told.more })
const par = async () => signIn(await discover(), { build: pushed })
const jar = async () => signIn(await discover(), { build: signed })

async function jarm() {
  const config = await discover()
  client.useJwtResponseMode(config)
  return signIn(config)
}

/** Two APIs in one authorization: a token for the first, then one for the second. */
async function resources() {
  const config = await discover()
  const [, resource] = told.resources
  const { tokens } = await signIn(config, { resources: told.resources })
  const second = await client.refreshTokenGrant(config, tokens.refresh_token, { resource })
  return { tokens, second }
}

/** Every token bound to a key, and the server's nonces answered by the library. */
async function dpop() {
  const config = await discover()
  const keys = await client.randomDPoPKeyPair('ES256')
  const DPoP = client.getDPoPHandle(config, keys)
  const thumbprint = await DPoP.calculateThumbprint()
  const { tokens, claims } = await signIn(config, {
    DPoP,
    more: { dpop_jkt: thumbprint },
  })
  const { sub } = claims
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })
  const bearer = await refusal(client.fetchUserInfo(config, tokens.access_token, sub))
  const fresh = await client.refreshTokenGrant(
    config,
    tokens.refresh_token,
    undefined,
    { DPoP },
  )
  return { thumbprint, tokens, userinfo, bearer, fresh }
}

/** The FAPI 2.0 Security Profile: pushed, bound to a key, proved by a key. */
async function fapi2() {
  const config = await discover()
  const keys = await client.randomDPoPKeyPair('ES256')
  const DPoP = client.getDPoPHandle(config, keys)
  const { url, tokens, claims } = await signIn(config, { DPoP, build: pushed })
  const { access_token, refresh_token } = tokens
  const userinfo = await client.fetchUserInfo(config, access_token, claims.sub, { DPoP })
  const more = undefined
  const fresh = await client.refreshTokenGrant(config, refresh_token, more, { DPoP })
  return { url, tokens, claims, userinfo, fresh }
}

async function device() {
  const config = await discover()
  const { scope } = told
  const begun = await client.initiateDeviceAuthorization(config, { scope })
  await visit(begun.verification_uri_complete)
  const tokens = await client.pollDeviceAuthorizationGrant(config, begun)
  return { begun, tokens, claims: tokens.claims() }
}

/** An API exchanges the token that it was sent for one at another API. */
async function token_exchange() {
  const { tokens } = await signIn(await discover())
  const api = await discoverAsApi()
  const own = await client.clientCredentialsGrant(api)
  const exchanged = await client.genericGrantRequest(api, TOKEN_EXCHANGE, {
    subject_token: tokens.access_token,
    subject_token_type: TOKEN,
    actor_token: own.access_token,
    actor_token_type: TOKEN,
    resource: told.api.resource,
  })
  return { tokens, exchanged }
}

/** An app that nobody here has heard of registers itself and signs somebody in. */
async function registration() {
  const metadata = {
    client_name: 'Registered',
    redirect_uris: [told.redirect_uri],
    scope: told.scope,
    token_endpoint_auth_method: 'client_secret_basic',
  }
  // Left to itself it would send the secret in the form, whatever was registered.
  const how = client.ClientSecretBasic()
  const server = new URL(told.issuer)
  const config = await client.dynamicClientRegistration(server, metadata, how, options)
  const { claims } = await signIn(config)
  return { registered: config.clientMetadata(), claims }
}

await run({
  all_of_it,
  introspection,
  client_credentials,
  sign_in,
  par,
  jar,
  jarm,
  resources,
  dpop,
  fapi2,
  device,
  token_exchange,
  registration,
})
