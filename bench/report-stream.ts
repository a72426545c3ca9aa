/**
 * Reports of uploads in progress, as the queue delivers them to `record-progress`. They are made in the
 * measured process, so this file imports nothing.
 */

/** An open upload, and its reported archive. */
export type Subject = { dockSn: string; id: string; objectKey: string }

const steps = 999

/** The nth report of an upload, up to 99,900: each has a higher percentage than the one before. */
const report = ({ dockSn, id, objectKey }: Subject, n: number) => {
  const progress = {
    status: 'file_uploading',
    current_step: 1 + Math.floor(n / 100),
    total_step: steps,
    progress: n % 100,
  }
  const files = [{ module: '0', key: objectKey, size: 50_000_000, progress }]
  const payload = {
    tid: `t${n}`,
    bid: id,
    method: 'fileupload_progress',
    data: { result: 0, output: { ext: { files } } },
  }
  const receiptId = `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`
  const body = {
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
    source: dockSn,
    receivedAt: Date.now(),
    receiptId,
    clientId: 'bench',
  }
  const attributes = { SentTimestamp: String(body.receivedAt) }
  return { messageId: `${dockSn}-${n}`, attributes, body: JSON.stringify(body) }
}

/** The reports from number `from` on, `ofEach` of each upload, one after the other. */
export const batchOf = (subjects: readonly Subject[], from: number, ofEach: number) => ({
  Records: Array.from({ length: ofEach }, (_, n) =>
    subjects.map((subject) => report(subject, from + n)),
  ).flat(),
})
