import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { routes } from '../../lambdas/contract/routes.ts'
import { permissions } from '../../lambdas/http/route.ts'
import { documentPath, rightsTable, writtenTable } from './rights-table.ts'

const text = readFileSync(documentPath, 'utf8')

/** `[name](../test/x.test.ts)`: a test by its name, or a part of it, in its file. */
const proofs = [...text.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+\.test\.ts)\)/g)].map(
  ([, name = '', path = '']): [string, string] => [name, join(dirname(documentPath), path)],
)

suite('docs/security.md', () => {
  test('names only tests that there are', () => {
    assert.ok(proofs.length > 30)
    for (const [name, path] of proofs) {
      assert.ok(existsSync(path), path)
      assert.ok(readFileSync(path, 'utf8').includes(name), `${path} has no test called ${name}`)
    }
  })

  test('has a control with a test for every edge of trust', () => {
    const table = text.split('## Edges of trust')[1]?.split('\n## ')[0] ?? ''
    const rows = table
      .split('\n')
      .filter((line) => /^\| [^-]/.test(line))
      .slice(1)
    assert.ok(rows.length > 10)
    for (const row of rows) assert.match(row, /\.test\.ts\)/, row)
  })

  test('says who may do what as the route table does', () => {
    const table = text.split('## Who may do what')[1]?.split('\n## ')[0] ?? ''
    for (const permission of permissions) {
      const [, named = ''] = new RegExp(`^\\| \`${permission}\` \\|[^|]*\\|(.*)\\|$`, 'm').exec(table) ?? []
      const listed = [...named.matchAll(/`(\w+)`/g)].map(([, name]) => name)
      const expected = Object.entries(routes).filter(([, route]) => route.permission === permission)
      assert.deepEqual(listed.sort(), expected.map(([name]) => name).sort(), permission)
    }
  })

  test('has the rights of every function as the template grants them', () => {
    assert.equal(
      writtenTable(),
      rightsTable(),
      'docs/security.md is behind: node test/security/rights-table.ts',
    )
  })
})
