/** See README.md; @groundcrew/protocols/dji-alarms. Pure: no network, clock or AWS. */
export * from './facts.ts'
export * from './topics.ts'
export * from './up.ts'
