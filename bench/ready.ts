import { spawn } from 'node:child_process'

/** The seconds that `npm start` reports until it was ready. */
export const readySeconds = async (): Promise<string> => {
  const options = ['--port', '0', '--mqtt-port', '0', '--edge-port', '0', '--no-demo']
  const run = spawn(process.execPath, ['bin/local.ts', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  let seconds: string | undefined
  for await (const text of run.stdout.setEncoding('utf8')) {
    seconds ??= /ready in ([\d.]+) s/.exec(String(text))?.[1]
    if (seconds) run.kill('SIGINT')
  }
  if (!seconds) throw new Error('npm start never became ready')
  return seconds
}
