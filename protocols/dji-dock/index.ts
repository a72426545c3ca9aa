/** See README.md; @groundcrew/protocols/dji-dock. Pure: no network, clock or AWS. */
export * from './down.ts'
export * from './facts.ts'
export * from './modes.ts'
export * from './topics.ts'
export * from './up.ts'
