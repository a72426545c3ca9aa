import { openDatabase } from '../../local/dynamodb/database.ts'
import { type Engine, type EngineOptions, readAnswer } from '../../local/dynamodb/engine.ts'

/** The database in the thread of the test: a thread of its own costs more than most tests ask of it. */
export const engineHere = ({ meter, now = Date.now, ...start }: EngineOptions): Engine => {
  const handle = openDatabase({ ...start, isMetered: meter !== undefined })
  const ask = async (operation: string, text: string, isFree: boolean) => {
    const { used, ...answer } = await handle({ id: 0, operation, text, isFree, at: now() })
    for (const usage of used) meter?.(usage)
    return answer
  }
  return {
    send: (operation, text) => ask(operation, text, false),
    call: async (operation, input) => readAnswer(await ask(operation, JSON.stringify(input), true)),
    close: async () => {},
  }
}
