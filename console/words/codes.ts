/** The texts for the API's reason codes, which are stable and in English. */

const known: Readonly<Record<string, string>> = {
  silent: 'Silent for too long',
  notJson: 'It is no JSON',
  notAnObject: 'It is no JSON object',
  noCommandId: 'It does not say which command it answers',
  notItsChild: 'It speaks for a device that is not registered behind it',
  tooManyReports: 'It crowds its messages; counted, but not kept in the history',
  otherReasons: 'Other reasons, counted together',
}

/** `deviceInUse` as “Device in use”. */
export const reasonName = (code: string): string => {
  const words = code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return known[code] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
