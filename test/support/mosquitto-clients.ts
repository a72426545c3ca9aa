import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * For a test's `skip` option: false where Mosquitto's clients are installed, else the reason why the test
 * cannot run.
 */
export const mosquittoClientsMissing: string | false = ['mosquitto_sub', 'mosquitto_pub'].some(
  (command) => spawnSync(command, ['--help']).error,
)
  ? 'mosquitto_sub and mosquitto_pub are not installed (Debian and Ubuntu: apt-get install mosquitto-clients)'
  : false

/** What is put off comes with the next sweep, a minute later at most. As patient as other tests. */
const waitSeconds = 180

/**
 * What a person has at hand to be a dock: the commands of docs/first-contact.md. The subscription outlives
 * the connection, so that a message is kept until it is asked for.
 */
export const mosquittoClients = async (mqttUrl: string, clientId: string, topic: string) => {
  const listen = ['-i', clientId, '-c', '-q', '1', '-L', `${mqttUrl}/${topic}`]
  await run('mosquitto_sub', [...listen, '-E'])
  return {
    /** The next message, parsed by nobody. */
    hear: async (): Promise<string> =>
      (await run('mosquitto_sub', [...listen, '-C', '1', '-W', String(waitSeconds)])).stdout,
    say: async (to: string, payload: string): Promise<void> =>
      void (await run('mosquitto_pub', ['-q', '1', '-L', `${mqttUrl}/${to}`, '-m', payload])),
  }
}
