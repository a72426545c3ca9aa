import { randomUUID } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { connect } from 'node:tls'
import * as z from 'zod'
import { listening, loopback } from '../support/ports.ts'
import type { Call } from './cloud.ts'
import type { Emulator } from './emulator.ts'

const Certificate = z.object({
  certificateArn: z.string(),
  certificatePem: z.string(),
  keyPair: z.object({ PrivateKey: z.string() }),
})
export type Certificate = z.infer<typeof Certificate>

/** A certificate of the account, with a policy that exists. */
export const certificateWith = async (call: Call, policyName: string): Promise<Certificate> => {
  const made = await call('iot', 'create_keys_and_certificate', { setAsActive: true }, Certificate)
  await call('iot', 'attach_policy', { policyName, target: made.certificateArn }, z.unknown())
  return made
}

/** What a bridge may: it speaks for every dock and device behind it. */
const bridgePolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
})

/**
 * Where docks and devices of the stories connect: plain MQTT on loopback, which travels on over TLS with the
 * certificate of a bridge, as it does where docks have a broker of their own. Ends with `close`.
 */
export const openDeviceLine = async (call: Call, { mqttPort, url }: Emulator) => {
  const policyName = `bridge-${randomUUID()}`
  await call('iot', 'create_policy', { policyName, policyDocument: bridgePolicy }, z.unknown())
  const { certificatePem: cert, keyPair } = await certificateWith(call, policyName)
  const ca = await (await fetch(`${url}/_ministack/iot/ca.pem`)).text()
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({
      host: loopback,
      port: mqttPort,
      servername: 'localhost',
      ca,
      cert,
      key: keyPair.PrivateKey,
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.pipe(other)
      // An end of either side ends both: a broker that refuses closes without a word.
      one
        .on('error', () => one.destroy())
        .on('close', () => {
          open.delete(one)
          other.destroy()
        })
    }
  })
  const ownPort = await listening(server)
  return {
    mqttUrl: `mqtt://${loopback}:${ownPort}`,
    ca,
    close: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
