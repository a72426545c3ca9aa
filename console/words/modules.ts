/** The machines whose logs a dock exports. */
export const moduleNames = { aircraft: 'Aircraft', dock: 'Dock' } as const
