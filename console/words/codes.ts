/** The texts for the API's reason codes, which are stable and in English. */

const known: Readonly<Record<string, string>> = {
  silent: 'Silent for too long',
  notJson: 'Not valid JSON',
  notAnObject: 'Not a JSON object',
  noCommandId: 'Does not name the command that it answers',
  notItsChild: 'Reports for a device that is not registered behind it',
  tooManyFlights: 'More flights ended in an hour than a dock can fly; not counted',
  tooManyReports: 'Too many messages in a short time; counted, but not kept in the history',
  otherReasons: 'Other reasons, counted together',
}

/** `deviceInUse` as “Device in use”. */
export const reasonName = (code: string): string => {
  const words = code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return known[code] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
