export type * from '../../client/records.ts'
