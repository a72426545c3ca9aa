/**
 * How messages about firmware are distinguished from a dock's other traffic. Plain data: the topic rules are
 * generated from it. They use the topics of remote logs, in the dock's name, even if they are about its
 * aircraft.
 *
 * Source: DJI Cloud API, "Firmware Upgrade" of Dock 1, 2 and 3 (README.md has the pages and their dates).
 */

/** The vendor's method names. */
export const methods = { create: 'ota_create', progress: 'ota_progress' } as const

/**
 * Values of `method` that the rules select. They are also assumed if it is missing: the examples of API v1.8
 * to v1.11 have none.
 */
export const replyMethods: readonly string[] = [methods.create]
export const eventMethods: readonly string[] = [methods.progress]

/** Where an event names its step: in the current pages, up to API v1.11, and in a mixture of both. */
export const stepPaths: readonly string[] = ['current_step', 'step_key', 'step']

/**
 * Values of a step that identify an event without a method as ours. The numbers of the vendor's demo do not:
 * a dock also counts the steps of other work.
 */
export const stepMarks: readonly string[] = ['download_firmware', 'upgrade_firmware']
