// oidc-provider as the benchmark compares with it: our endpoints' paths, our apps,
// Redis as its store, ES256 JWT access tokens for an API. `PEER` says the rest.

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { createServer } from 'node:http'

const packages = new URL('../.cache/peers/node/', import.meta.url)
const load = (name) => import(createRequire(packages).resolve(name))

const { default: Provider } = await load('oidc-provider')
const { default: Redis } = await load('ioredis')

const told = JSON.parse(process.env.PEER)
const redis = new Redis(told.redis)
const enabled = true
const DAY = 24 * 3600

const CONSUMABLE = new Set(['AuthorizationCode', 'RefreshToken'])
const OF_A_GRANT = new Set([...CONSUMABLE, 'AccessToken'])

/** After the package's own example of an adapter for Redis. */
class Adapter {
  constructor(name) {
    this.name = name
  }

  key(id) {
    return `${this.name}:${id}`
  }

  async upsert(id, payload, expiresIn) {
    const key = this.key(id)
    const multi = redis.multi()
    const text = JSON.stringify(payload)
    if (CONSUMABLE.has(this.name)) multi.hset(key, { payload: text })
    else multi.set(key, text)
    if (expiresIn) multi.expire(key, expiresIn)
    if (OF_A_GRANT.has(this.name) && payload.grantId) {
      const grant = `grant:${payload.grantId}`
      multi.rpush(grant, key)
      if (expiresIn > (await redis.ttl(grant))) multi.expire(grant, expiresIn)
    }
    if (payload.uid) multi.set(`uid:${payload.uid}`, id, 'EX', expiresIn)
    await multi.exec()
  }

  async find(id) {
    if (!CONSUMABLE.has(this.name)) {
      const text = await redis.get(this.key(id))
      return text ? JSON.parse(text) : undefined
    }
    const { payload, ...rest } = await redis.hgetall(this.key(id))
    return payload ? { ...rest, ...JSON.parse(payload) } : undefined
  }

  async findByUid(uid) {
    return this.find(await redis.get(`uid:${uid}`))
  }

  async consume(id) {
    await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000))
  }

  async destroy(id) {
    await redis.del(this.key(id))
  }

  async revokeByGrantId(id) {
    const keys = await redis.lrange(`grant:${id}`, 0, -1)
    await redis.del(...keys, `grant:${id}`)
  }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }

const provider = new Provider(told.issuer, {
  adapter: Adapter,
  clients: told.clients,
  jwks: { keys: [key] },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  scopes: ['openid', 'offline_access', 'notes:read'],
  claims: { openid: ['sub'], profile: ['name'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id }) }),
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  rotateRefreshToken: true,
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    ClientCredentials: 600,
    Grant: 14 * DAY,
    IdToken: 600,
    Interaction: 3600,
    RefreshToken: 14 * DAY,
    Session: 14 * DAY,
  },
  routes: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    introspection: '/oauth/introspect',
    userinfo: '/oauth/userinfo',
    jwks: '/oauth/jwks',
  },
  features: {
    clientCredentials: { enabled },
    introspection: { enabled },
    resourceIndicators: {
      enabled,
      // JWTs are for an API; `reader` gets the opaque tokens that this provider
      // can answer for at its own endpoints.
      defaultResource: (_, client) =>
        client.clientId === 'reader' ? undefined : told.resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'notes:read',
        audience: told.resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})

provider.on('server_error', (_, error) => console.error(error))
createServer(provider.callback()).listen(told.port, '127.0.0.1')
