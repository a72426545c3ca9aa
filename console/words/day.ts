/** Days in the viewer's zone. */

const date = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})

/** The day of a time in the viewer's zone, to group by: `2026-11-21`. */
export const dayOf = (iso: string): string => {
  const at = new Date(iso)
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** `Sat, Nov 21, 2026` */
export const dayName = (day: string): string => date.format(new Date(`${day}T12:00:00`))
