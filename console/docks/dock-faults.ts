/** What is wrong with a dock as it is typed, before the API says so. Pure. */

export type DockField = 'dockSn' | 'name' | 'aircraftSn' | 'fleet'
export type DockValues = Record<DockField, string>

const serial = /^[A-Za-z0-9]*$/

const serialFault = (value: string): string => {
  if (!serial.test(value)) return 'A serial number has letters and digits alone, no blanks or dashes.'
  return value.length > 32 ? 'A serial number has 32 characters at most.' : ''
}

/** What is wrong with what was typed, by field; empty: nothing. */
export const dockFaults = (values: DockValues, before?: DockValues): DockValues => ({
  dockSn: serialFault(values.dockSn),
  name: '',
  aircraftSn:
    values.aircraftSn !== '' && values.aircraftSn === values.dockSn
      ? 'This is the serial number of the dock.'
      : serialFault(values.aircraftSn),
  fleet: before && values.fleet === '' ? 'A dock is always in a fleet.' : '',
})
