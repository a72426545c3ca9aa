import { useEffect, useState } from 'react'
import { duration } from './quantities.ts'

/** Times in the viewer's time zone; the tooltip shows UTC, which logs and colleagues elsewhere use. */

const moment = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

const utc = (iso: string): string => `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** A time: `Nov 21, 2026, 10:31:07`. A dash if there is none. */
export const Time = ({ at }: { at: string | undefined }) =>
  at === undefined ? (
    '–'
  ) : (
    <time className="time" dateTime={at} title={utc(at)}>
      {moment.format(new Date(at))}
    </time>
  )

const tickMs = 15_000

/** A time ago: `3 min ago`, updated automatically. */
export const Ago = ({ at }: { at: string | undefined }) => {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  if (at === undefined) return 'never'
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000)
  return (
    <time className="time" dateTime={at} title={utc(at)}>
      {seconds < 10 ? 'just now' : `${duration(seconds)} ago`}
    </time>
  )
}
