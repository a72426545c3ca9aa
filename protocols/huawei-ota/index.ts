/** See README.md; @groundcrew/protocols/huawei-ota. Pure: no network, clock or AWS. */
export * from './down.ts'
export * from './facts.ts'
export * from './meaning.ts'
export * from './results.ts'
export * from './topics.ts'
export * from './up.ts'
