import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documents } from '../lib/functions/documents.ts'
import { compact, withoutExamples } from './compact-types.ts'

const help = `npm run client-types

Writes the types of the API client, client/schema.ts, from the OpenAPI document. Needs the network,
for the generator. Has no options but --help.
`

/**
 * `npm run client-types`: generates the types of the API, `client/schema.ts`, for the client and the console,
 * from the OpenAPI document. A repeat writes the same. A test reports outdated types.
 *
 * The generator is downloaded only for this: it needs the programming interface of TypeScript 5, which
 * TypeScript 7 does not have, so the two cannot be installed side by side.
 */
const target = join(import.meta.dirname, '..', 'client', 'schema.ts')
const generator = ['--package=openapi-typescript@7.13.0', '--package=typescript@5.9.3']

const writeTypes = (directory: string): void => {
  const text = documents['openapi.json']()
  const document = join(directory, 'openapi.json')
  const made = join(directory, 'schema.ts')
  writeFileSync(document, JSON.stringify(withoutExamples(JSON.parse(text))))
  // Outside the project, since npm would otherwise use the project's own TypeScript.
  execFileSync(
    'npm',
    ['exec', '--yes', ...generator, '--', 'openapi-typescript', document, '--output', made],
    {
      cwd: directory,
      stdio: 'inherit',
    },
  )
  const fingerprint = createHash('sha256').update(text).digest('hex')
  writeFileSync(
    target,
    `// Of the OpenAPI document with the SHA-256 ${fingerprint}\n${compact(readFileSync(made, 'utf8'))}`,
  )
}

const fail = (status: number, text: string): void => {
  console.error(text)
  process.exitCode = status
}

const asked = process.argv.slice(2)
if (asked.includes('--help')) process.stdout.write(help)
else if (asked.length > 0)
  fail(2, `There is no option ${asked.join(' ')}\nTry npm run client-types -- --help`)
else {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-client-'))
  try {
    writeTypes(directory)
  } catch (error) {
    // npm and the generator have already printed their errors.
    if (!(error instanceof Error && 'status' in error)) throw error
    fail(1, 'The generator did not make the types: is the network there? Nothing was changed.')
  } finally {
    rmSync(directory, { recursive: true })
  }
}
