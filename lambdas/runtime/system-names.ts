/** Who does what no caller asked for, as records name it. No caller has one of these names. */
export const systemNames = { us: 'groundcrew', storage: 'storage' } as const
