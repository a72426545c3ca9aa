import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './cloud.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/destroy.md'), 'utf8')

/** Shell commands of docs/destroy.md: those that begin with these words, as far as a blank line. */
const commandsThat = (begin: string): string => {
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text ?? '')
  const found = blocks.flatMap((text) => text.split('\n\n')).find((text) => text.startsWith(begin))
  assert(found, `docs/destroy.md has no commands that begin with ${begin}`)
  return found
}

/** What somebody does who follows the page: the AWS CLI, with the names in variables. */
const follow = (env: Record<string, string>, commands: string): Promise<string> =>
  runProgram('bash', ['-euo', 'pipefail', '-c', commands], env)

/** Deletes what `cdk destroy` has kept, but the bucket, which the page leaves to the console. */
export const deleteWhatWasKept = (env: Record<string, string>) =>
  follow(
    env,
    ["# The docks' policy", 'aws dynamodb update-table', 'aws cognito-idp update-user-pool']
      .map(commandsThat)
      .join('\n'),
  )
