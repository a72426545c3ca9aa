import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext, test } from 'node:test'
import { listen } from '../../local/servers.ts'
import { audit } from './audit.ts'

const root = join(import.meta.dirname, '../..')

test('has no known weakness in what is deployed', async (t) => {
  const result = await audit(root)
  if (!result.audited) return t.skip(`not audited: ${result.because}`)
  assert.deepEqual(result.weaknesses, [])
})

describe('the audit', () => {
  /** Against a registry that answers so; it knows packages by their weaknesses alone. */
  const auditBy = async (t: TestContext, registry: RequestListener, timeoutMs = 10_000) => {
    const { url, close } = await listen(registry)
    t.after(close)
    return audit(root, { registry: `${url}/`, timeoutMs })
  }
  const says =
    (status: number, body: string): RequestListener =>
    (_, response) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  type Weakness = { severity: string; vulnerable_versions: string }
  const knows = (weaknesses: Readonly<Record<string, Weakness>>): RequestListener => {
    const advisory = (name: string) => ({
      id: 1,
      url: `https://advisories.example/${name}`,
      title: name,
      cwe: [],
      cvss: { score: 0, vectorString: null },
      ...weaknesses[name],
    })
    const all = Object.fromEntries(Object.keys(weaknesses).map((name) => [name, [advisory(name)]]))
    return (request, response) =>
      says(request.method === 'POST' ? 200 : 404, JSON.stringify(all))(request, response)
  }
  const old = { minimist: { severity: 'critical', vulnerable_versions: '<0.2.4' } }
  const every = (severity: string) => ({ severity, vulnerable_versions: '*' })

  it('is said to be missing, and why, where the registry has no advisories', async (t) => {
    const cases = [
      [says(404, '{}'), 'the registry answers 404'],
      [says(503, ''), 'the registry answers 503'],
      [says(200, '<html>'), 'the registry gives no advisories'],
      [says(200, '{}'), 'the registry knows of no weakness of anything'],
    ] as const
    const audits = await Promise.all(cases.map(([registry]) => auditBy(t, registry)))
    assert.deepEqual(
      audits,
      cases.map(([, because]) => ({ audited: false, because })),
    )
  })

  it('is said to be missing where the registry hangs', async (t) => {
    const result = await auditBy(t, () => {}, 500)
    assert.deepEqual(result, { audited: false, because: 'the registry does not answer' })
  })

  it('finds what is grave in what is deployed', async (t) => {
    const found = await auditBy(
      t,
      knows({ ...old, uuid: every('high'), zod: every('moderate'), vite: every('critical') }),
    )
    assert.deepEqual(found, { audited: true, weaknesses: ['uuid: high'] })
  })

  it('is content where the registry knows of weaknesses, and of none of ours', async (t) => {
    assert.deepEqual(await auditBy(t, knows(old)), { audited: true, weaknesses: [] })
  })
})
