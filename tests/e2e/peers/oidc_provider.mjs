// An OpenID provider on `oidc-provider`, by configuration alone: every feature that
// client-demo can show, with the package's own pages for development.

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

import { load, told } from './node_script.mjs'

const { default: Provider } = await load('oidc-provider')

const key = (type, alg, options) => {
  const { privateKey } = generateKeyPairSync(type, options)
  return { ...privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' }
}
const enabled = true

const provider = new Provider(told.issuer, {
  clients: told.clients,
  jwks: {
    keys: [
      key('ec', 'ES256', { namedCurve: 'P-256' }),
      key('rsa', 'RS256', { modulusLength: 2048 }),
    ],
  },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  scopes: ['openid', 'offline_access', 'notes:read', 'notes:write'],
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  // What it calls with by default refuses loopback, where this test's application is.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  features: {
    backchannelLogout: { enabled },
    clientCredentials: { enabled },
    deviceFlow: { enabled },
    dPoP: { enabled, nonceSecret: randomBytes(32), requireNonce: () => true },
    introspection: { enabled },
    pushedAuthorizationRequests: { enabled },
    resourceIndicators: {
      enabled,
      defaultResource: () => told.resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'notes:read notes:write',
        audience: told.resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: told.alg } },
      }),
    },
    revocation: { enabled },
  },
})

for (const event of ['backchannel.error', 'server_error']) {
  provider.on(event, (_, error) => console.error(event, error))
}

createServer(provider.callback()).listen(told.port, '127.0.0.1', () => {
  process.stdout.write('ready\n')
})
