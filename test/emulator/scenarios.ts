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

/** What a story opens its backend with, wherever that is. */
const opensBackend = /\b(openBackend|orDeployed|shareBackend)\(/
/** The same for those that break something: each runs alone. */
const opensStage = /\bopenStage\(/

/** The files whose stories run on a deployed stage, too; the others start what only the local runtime has. */
const files = (...openings: RegExp[]): string[] =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => openings.some((one) => one.test(readFileSync(path, 'utf8'))))

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** The names of `skipped` that no story has any more. */
export const unknownSkips = (): string[] => {
  const source = files(opensBackend, opensStage)
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  return skipped.map(({ name }) => name).filter((name) => !source.includes(`'${name}'`))
}

/** @throws Error when no story was told */
const tell = async (env: NodeJS.ProcessEnv, paths: readonly string[]): Promise<Result[]> => {
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-concurrency=2',
      '--test-timeout=300000',
      `--test-reporter=${join(import.meta.dirname, 'collect.ts')}`,
      ...skipped.map(({ name }) => `--test-skip-pattern=/${escaped(name)}$/`),
      ...paths,
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

/** Runs the stories of `test/scenarios` on the deployed stage that the environment names. */
export const runScenarios = async (env: NodeJS.ProcessEnv): Promise<Result[]> => [
  ...(await tell(env, files(opensBackend))),
  ...(await tell(env, files(opensStage))),
]

/** Runs the stories of one file. */
export const runStory = (env: NodeJS.ProcessEnv, file: string): Promise<Result[]> =>
  tell(env, [join(folder, file)])
