// The end of a peer script that talks with its test; see scripts.py.

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const packages = new URL('../../../.cache/peers/node/', import.meta.url)
const { resolve } = createRequire(packages)

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const hear = async () => JSON.parse((await lines.next()).value)
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** What the test tells us. */
export const told = await hear()

/** One of the packages of tests/peers/node. */
export const load = (name) => import(resolve(name))

/** Send the person to a page; the URL, or the posted form, with which they return. */
export async function visit(url) {
  say({ visit: String(url) })
  const { arrived, form } = await hear()
  if (form === null) return new URL(arrived)
  return new Request(arrived, { method: 'POST', body: new URLSearchParams(form) })
}

/** Do what the argument names, tell the test what came out, and end. */
export async function run(scenarios) {
  const report = await scenarios[process.argv[2]]()
  process.stdin.destroy()
  say({ report })
}
