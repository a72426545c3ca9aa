import * as z from 'zod'
import { dockSnPattern } from '../protocols/dji-remote-log/topics.ts'

/**
 * What an operator says about a broker and its docks, checked before any of it becomes configuration. A value is
 * the rest of a line in Mosquitto's file, so a line break in one would be a line of its own.
 */

/** A dock's or an aircraft's serial number, as it stands in topics. */
export const SerialNumber = z.string().regex(dockSnPattern, {
  error: (issue) => `${JSON.stringify(issue.input)} is not a serial number (letters and digits, at most 32)`,
})

const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/
const noControlCharacters = /^\P{Cc}*$/u
const isLoopback = (host: string) => host === 'localhost' || /^127(\.\d{1,3}){3}$/.test(host)

const notAPort = { error: 'is not a port from 1 to 65535' }

const AbsolutePath = z
  .string()
  .startsWith('/', { error: 'must be an absolute path on the machine of the broker' })
  .regex(noControlCharacters, { error: 'holds a control character' })

const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, { error: 'takes letters, digits, _ . -, at most 100' })

const ListOfDocks = z
  .array(SerialNumber)
  .refine((docks) => new Set(docks).size === docks.length, { error: 'names a dock twice' })

/**
 * The input of `mosquittoBridge`. An empty list of docks means every dock of the broker. `localPrefix` is what the
 * broker puts before the vendor's topics, with its slash at the end. `insecurePlain` is for tests and the local
 * runtime: the commands carry upload credentials, so without TLS they may not leave the machine.
 */
export const BridgeRequest = z
  .object({
    endpoint: z.string().regex(hostName, { error: 'is not a host name (no scheme, port or path)' }),
    port: z.int(notAPort).min(1, notAPort).max(65_535, notAPort).optional(),
    certificates: z.object({ ca: AbsolutePath, cert: AbsolutePath, key: AbsolutePath }).optional(),
    insecurePlain: z.boolean().optional(),
    docks: ListOfDocks,
    bridgeName: Name,
    remoteClientId: Name,
    localPrefix: z
      .string()
      .regex(/^[^\s\p{Cc}+#"$/][^\s\p{Cc}+#"]*\/$/u, { error: 'is not a topic prefix such as "site-a/"' })
      .optional(),
  })
  .refine((request) => Boolean(request.certificates) !== Boolean(request.insecurePlain), {
    error: 'needs certificates, or insecurePlain instead of them',
    path: ['certificates'],
  })
  .refine((request) => !request.insecurePlain || isLoopback(request.endpoint), {
    error: 'is only for an endpoint on this machine: commands carry upload credentials',
    path: ['insecurePlain'],
  })

export type BridgeRequest = z.infer<typeof BridgeRequest>

/** The input of `mosquittoAcl`. `aircraft` maps a dock to the aircraft it speaks for. */
export const AclRequest = z.object({
  aircraft: z.array(z.object({ dockSn: SerialNumber, aircraftSn: SerialNumber })),
  localPrefix: BridgeRequest.shape.localPrefix,
})

export type AclRequest = z.infer<typeof AclRequest>
