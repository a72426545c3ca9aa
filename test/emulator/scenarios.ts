import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { skipped } from './lacking.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'test/scenarios')

const Line = z.object({
  name: z.string(),
  depth: z.number(),
  outcome: z.enum(['passed', 'failed', 'skipped']),
  said: z.string(),
  ms: z.number(),
})
export type Result = z.infer<typeof Line>

/** The files whose stories run on a deployed stage, too; the others start what only the local runtime has. */
const files = (): string[] =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.test.ts') && readFileSync(path, 'utf8').includes('openBackend('))

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** The names of `skipped` that no story has any more. */
export const unknownSkips = (): string[] => {
  const source = files()
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  return skipped.map(({ name }) => name).filter((name) => !source.includes(`'${name}'`))
}

/**
 * Runs the stories of `test/scenarios` on the deployed stage that the environment names. @throws Error when
 * none was told
 */
export const runScenarios = async (env: NodeJS.ProcessEnv): Promise<Result[]> => {
  const child = spawn(
    process.execPath,
    [
      ...['--test', '--test-concurrency=2', '--test-timeout=120000'],
      `--test-reporter=${join(import.meta.dirname, 'collect.ts')}`,
      ...skipped.map(({ name }) => `--test-skip-pattern=/${escaped(name)}$/`),
      ...files(),
    ],
    { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const said = await text(child.stdout)
  const results = said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => Line.parse(JSON.parse(line)))
  if (results.length === 0) throw new Error('No story was told')
  return results
}
