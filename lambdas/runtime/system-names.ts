/** The names under which records show actions of the system itself. No caller can have one of these names. */
export const systemNames = { us: 'groundcrew', storage: 'storage' } as const
