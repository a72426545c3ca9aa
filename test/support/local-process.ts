import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import * as z from 'zod'
import { start } from '../../local/start.ts'

const Addresses = z.object({ url: z.string(), mqttUrl: z.string() })

/** A local backend in a process of its own, so that it can be killed in the middle of its work. */
export const startProcess = async (t: TestContext, dataDirectory: string) => {
  const child: ChildProcess = spawn(process.execPath, [import.meta.filename, dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  t.after(kill)
  if (!child.stdout) throw new Error('no output')
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(() => {
      throw new Error('the backend ended before it was ready')
    }),
  ])
  return { ...Addresses.parse(JSON.parse(String(line))), kill }
}

if (import.meta.main) {
  const [, , dataDirectory = ''] = process.argv
  const { url, mqttUrl } = await start({ dataDirectory })
  console.log(JSON.stringify({ url, mqttUrl }))
}
