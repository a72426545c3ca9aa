import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What the CDK's app is made of. The console as it was built, so that it is not built again. */
const sources = [
  'bin',
  'console',
  'lambdas',
  'lib',
  'protocols',
  'cdk.json',
  'package.json',
  'package-lock.json',
]
const built = '.groundcrew-console'

/** The line of `lib/api/api.ts` by which the function that asks for listings may write what it asks. */
const grant = /('request-listing': \[table\([^)]*)'put', /

/** Our sources once more, in a folder of their own, with one grant of `lib/` taken away. */
export const sourcesWithoutGrant = (directory: string): string => {
  const copy = join(directory, 'without-grant')
  mkdirSync(copy)
  for (const name of [...sources, built]) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const file = join(copy, 'lib/api/api.ts')
  const granted = readFileSync(file, 'utf8')
  const less = granted.replace(grant, '$1')
  assert.notEqual(less, granted, 'lib/api/api.ts has no such grant any more')
  writeFileSync(file, less)
  return copy
}
