/** Validates the fields of a dock before the API does. Pure. */

export type DockField = 'dockSn' | 'name' | 'aircraftSn' | 'fleet'
export type DockValues = Record<DockField, string>

const serial = /^[A-Za-z0-9]*$/

const serialFault = (value: string): string => {
  if (!serial.test(value)) return 'A serial number has only letters and digits, no spaces or hyphens.'
  return value.length > 32 ? 'A serial number has at most 32 characters.' : ''
}

/** The faults of the values, by field; empty: none. */
export const dockFaults = (values: DockValues, before?: DockValues): DockValues => ({
  dockSn: serialFault(values.dockSn),
  name: '',
  aircraftSn:
    values.aircraftSn !== '' && values.aircraftSn === values.dockSn
      ? 'This is the serial number of the dock.'
      : serialFault(values.aircraftSn),
  fleet: before && values.fleet === '' ? 'A dock is always in a fleet.' : '',
})
