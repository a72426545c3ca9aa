import { once } from 'node:events'
import { connectionsOf, type RelayRequest } from './command.ts'
import { startRelay } from './relay.ts'
import { openSpool } from './spool.ts'

const say = (line: string): void => void process.stdout.write(`${new Date().toISOString()} relay: ${line}\n`)

/** Runs the relay until the process is stopped. */
export const runRelay = async (request: RelayRequest): Promise<void> => {
  const { spool: directory, spoolMb, docks, platform, prefix } = request
  const lost = (reason: string, count: number) => say(`${count} messages are lost: ${reason}`)
  const spool = await openSpool({ directory, maxBytes: spoolMb * 1024 * 1024, lost })
  const whose = docks.length > 0 ? docks.join(', ') : 'every dock of the broker'
  say(`for ${whose}; ${spool.size} messages of before wait in ${directory}`)
  const connections = connectionsOf(request, process.env.RELAY_BROKER_PASSWORD)
  const relay = startRelay({ ...connections, docks, platform, prefix, spool, now: Date.now, log: say })
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await relay.stop()
}
