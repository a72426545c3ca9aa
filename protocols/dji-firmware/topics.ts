/**
 * How messages about firmware are told from a dock's other traffic. Plain data: the topic rules are made from
 * it. They travel on the topics of remote logs, in the dock's name, also where they are about its aircraft.
 *
 * Source: DJI Cloud API, "Firmware Upgrade" of Dock 1, 2 and 3 (README.md has the pages and their dates).
 */

/** The vendor's method names. */
export const methods = { create: 'ota_create', progress: 'ota_progress' } as const

/**
 * Values of `method` that the rules let through. They stand in for a missing one, too: the examples of API
 * v1.8 to v1.11 have none.
 */
export const replyMethods: readonly string[] = [methods.create]
export const eventMethods: readonly string[] = [methods.progress]

/** Where an event names its step: by the current pages, up to API v1.11, and a variant of both. */
export const stepPaths: readonly string[] = ['current_step', 'step_key', 'step']

/**
 * Values of a step that say that an event without a method is ours. The numbers of the vendor's demo do not:
 * other work of a dock counts its steps, too.
 */
export const stepMarks: readonly string[] = ['download_firmware', 'upgrade_firmware']
