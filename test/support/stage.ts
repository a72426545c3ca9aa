import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import * as z from 'zod'
import { callerIn } from '../emulator/cloud.ts'
import { loseMessagesOf } from '../emulator/operations.ts'
import { redriveAs, runRedrive } from './redrive.ts'
import { type Backend, onlyLocal, openBackend, openLocal } from './story.ts'

/** Names the file with what an operator of the deployed stage has: its stack, and keys of the account. */
const { GROUNDCREW_OPERATOR: operatorFile } = process.env

/** For the `skip` option of stories that break a deployed stage and mend it, as only its operator can. */
export const noOperator: string | false = operatorFile ? false : onlyLocal

export const Operator = z.object({
  stackName: z.string(),
  python: z.string(),
  env: z.record(z.string(), z.string()),
})

/** A backend together with its operator's tools. */
type Stage = {
  backend: Backend
  /** `npm run redrive`. */
  run: (...args: string[]) => ReturnType<typeof redriveAs>
  /** Has the function fail on what happens meanwhile, until that is given up to its dead letters. */
  lose: (name: 'record-replies', happens: () => Promise<unknown>) => Promise<void>
}

/** Attempts that a message is given, by `lib/functions/queue-consumer.ts`. */
const attempts = 5

const openLocalStage = async (t: TestContext): Promise<Stage> => {
  const data = await mkdtemp(join(tmpdir(), 'groundcrew-data-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const backend = await openLocal(t, { dataDirectory: data, redeliverAfterSeconds: 0 })
  return {
    backend,
    run: (...args) => runRedrive(t, data, ...args),
    lose: async (name, happens) => {
      backend.faults.failFunction(name, attempts)
      await happens()
      await backend.until(
        async () => backend.deadLetters(),
        ({ length }) => length === 1,
      )
    },
  }
}

/** The stage that the environment names, else a local one of its own. */
export const openStage = async (t: TestContext): Promise<Stage> => {
  if (!operatorFile) return openLocalStage(t)
  const { stackName, python, env } = Operator.parse(JSON.parse(await readFile(operatorFile, 'utf8')))
  const backend = await openBackend(t)
  return {
    backend,
    run: (...args) => redriveAs(t, env, ['--stack', stackName, ...args]),
    lose: (name, happens) =>
      loseMessagesOf(callerIn(python, env), stackName, { name, happens, until: backend.until }),
  }
}
