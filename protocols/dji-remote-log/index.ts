/** See README.md; @groundcrew/protocols/dji-remote-log. Pure: no network, clock or AWS. */
export * from './down.ts'
export * from './facts.ts'
export * from './results.ts'
export * from './topics.ts'
export * from './up.ts'
