import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * Runs a script of this folder in its own process, like a function's environment; yields the JSON that it
 * prints on stderr.
 * @throws Error if it fails, with its other output.
 */
export async function* runNode(
  script: string,
  given: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): AsyncGenerator<unknown> {
  const file = new URL(script, import.meta.url).pathname
  const run = spawn(process.execPath, [...options, file, ...given], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      POWERTOOLS_LOG_LEVEL: 'WARN',
      TABLE_NAME: 'Records',
      ...environment,
    },
  })
  const output: string[] = []
  const ended = new Promise<number | null>((resolve) => run.once('close', resolve))
  for await (const line of createInterface(run.stderr))
    if (line.startsWith('{')) yield JSON.parse(line)
    else output.push(line)
  const code = await ended
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${output.join('\n')}`)
}
