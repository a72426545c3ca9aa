/** Whether `npm run test:long` runs, which has the long form of what takes seconds a stack or a route. */
export const isLong = process.env.GROUNDCREW_LONG === '1'
