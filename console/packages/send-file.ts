import type { PackageUpload } from '../api/records.ts'

/** The result of uploading a part: stored, the link has expired, refused, or no answer. */
export type PutOutcome = 'stored' | 'linkOver' | 'refused' | 'unreachable'

/** Uploads bytes to a link. @throws the abort reason of `signal` */
export type PutBytes = (
  link: Piece,
  bytes: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<PutOutcome>

/** Why a file could not be uploaded. */
export class UploadFailed extends Error {
  override readonly name = 'UploadFailed'
  readonly why: 'refused' | 'unreachable'
  constructor(why: 'refused' | 'unreachable') {
    super(`The file could not be uploaded: ${why}`)
    this.why = why
  }
}

type Needs = {
  /** Requests links; a repeat makes new links, and uploaded parts stay. */
  links: () => Promise<PackageUpload>
  put: PutBytes
  wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Called with the bytes uploaded or being uploaded. */
  progress: (bytes: number) => void
  signal: AbortSignal
}

/** The most concurrent parts. */
const atOnce = 3

/** The pauses before retries of a failed part. */
const pausesMs = [1_000, 3_000, 10_000, 30_000]

type Piece = { url: string; headers: Readonly<Record<string, string>> }

const piecesOf = (upload: PackageUpload): readonly Piece[] => ('parts' in upload ? upload.parts : [upload])
const pieceSizeOf = (upload: PackageUpload, file: Blob): number =>
  'parts' in upload ? upload.partSize : file.size

/**
 * Uploads a file, in one piece or in parts. An expired link is requested again, and a broken connection costs
 * only the parts in flight. @throws UploadFailed; or the abort reason of `signal`, or the API's refusal
 */
export const sendFile = async (file: Blob, use: Needs): Promise<void> => {
  const first = await use.links()
  const size = pieceSizeOf(first, file)
  let links = Promise.resolve(piecesOf(first))
  /** The first part with an expired link requests new ones; the others use them too. */
  const linkAfter = async (place: number, over: Piece): Promise<Piece> => {
    const known = (await links)[place]
    if (known !== over && known) return known
    links = use.links().then(piecesOf)
    return (await links)[place] ?? over
  }

  const sent = new Map<number, number>()
  const note = (place: number, bytes: number): void => {
    sent.set(place, bytes)
    use.progress([...sent.values()].reduce((sum, one) => sum + one, 0))
  }
  const failed = new AbortController()
  const signal = AbortSignal.any([use.signal, failed.signal])

  const sendPiece = async (place: number, given: Piece): Promise<void> => {
    const bytes = file.slice(place * size, Math.min((place + 1) * size, file.size))
    let link = given
    let outcome: PutOutcome = 'unreachable'
    for (const pauseMs of [0, ...pausesMs]) {
      if (pauseMs > 0) await use.wait(pauseMs, signal)
      if (outcome === 'linkOver') link = await linkAfter(place, link)
      outcome = await use.put(link, bytes, (loaded) => note(place, loaded), signal)
      if (outcome === 'stored') return note(place, bytes.size)
      note(place, 0)
      if (outcome === 'refused') break
    }
    throw new UploadFailed(outcome === 'unreachable' ? 'unreachable' : 'refused')
  }

  const waiting = piecesOf(first).entries()
  const worker = async (): Promise<void> => {
    for (const [place, piece] of waiting) await sendPiece(place, piece)
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
  } catch (error) {
    failed.abort(error)
    throw error
  }
}
