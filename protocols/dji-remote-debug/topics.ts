/**
 * How messages about a dock's debug mode are distinguished from its other traffic. Plain data: the topic
 * rules are generated from it. They use the topics of remote logs, in the dock's name, even if they are about
 * its aircraft.
 *
 * Source: DJI Cloud API, "Remote Debugging" of Dock 1, 2 and 3 (README.md has the pages and their dates).
 */
import { type DebugCommand, debugCommands } from './facts.ts'

/** The vendor's method names. */
export const methods = {
  open: 'debug_mode_open',
  wake: 'drone_open',
  sleep: 'drone_close',
  close: 'debug_mode_close',
} as const satisfies Record<DebugCommand, string>

/** Values of `method` that the rules select. */
export const replyMethods: readonly string[] = Object.values(methods)
export const eventMethods: readonly string[] = [methods.wake, methods.sleep]

/** The command of a method; undefined: none of ours. */
export const commandOf = (method: unknown): DebugCommand | undefined =>
  debugCommands.find((command) => methods[command] === method)
