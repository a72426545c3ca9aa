import type { MqttClient } from 'mqtt'
import * as z from 'zod'
import type { LocalDeployment } from '../local/start.ts'
import { openUpload } from './open-upload.ts'

/** Probes: docks and devices whose reports are timed, first a percentage, then the end. */
export type Probe = {
  say: (is: 'end' | 'percent') => Promise<unknown>
  shows: (is: 'end' | 'percent') => Promise<boolean>
}

/** The percentage that a probe reports. */
const percent = 37

const Upload = z.object({ archives: z.tuple([z.object({ state: z.string(), percent: z.number() })]) })
const Upgrade = z.object({ state: z.string(), percent: z.number().optional() })

const get = async <Shape extends z.ZodType>(shape: Shape, url: string): Promise<z.infer<Shape>> =>
  shape.parse(await (await fetch(url)).json())

/** `work`: reports one percent more than the last time. */
export const openDock = async ({ url }: LocalDeployment, client: MqttClient, n: number) => {
  const { dockSn, id, objectKey: key } = await openUpload(url, client, `7CTDE${String(n).padStart(9, '0')}`)
  const report = (progress: object) => {
    const files = [{ module: '3', key, size: 50_000_000, progress }]
    const data = { result: 0, output: { ext: { files } } }
    const payload = JSON.stringify({ bid: id, tid: id, method: 'fileupload_progress', data })
    return client.publishAsync(`thing/product/${dockSn}/events`, payload, { qos: 1 })
  }
  let done = 0
  const work = () => {
    done += 1
    const current_step = 1 + Math.floor(done / 100)
    return report({ status: 'file_uploading', current_step, total_step: 1_000, progress: done % 100 })
  }
  const probe: Probe = {
    say: (is) =>
      report({ status: is === 'end' ? 'failed' : 'file_uploading', current_step: 1, progress: percent }),
    shows: async (is) => {
      const { archives } = await get(Upload, `${url}/v1/docks/${dockSn}/log-uploads/${id}`)
      return is === 'end' ? archives[0].state === 'failed' : archives[0].percent === percent
    },
  }
  return { work, probe }
}

export const openDevice = async ({ url }: LocalDeployment, client: MqttClient, n: number): Promise<Probe> => {
  const deviceId = `ends_${String(n).padStart(6, '0')}`
  const device = `${url}/v1/devices/${deviceId}`
  const body = JSON.stringify({ package: 'firmware', targetVersion: '2.0' })
  const opened = await fetch(`${device}/upgrade-attempts`, { method: 'POST', body })
  if (!opened.ok) throw new Error(`${device}: ${opened.status} ${await opened.text()}`)
  return {
    say: (is) => {
      const paras = is === 'end' ? { result_code: 6, version: '1.0' } : { result_code: 0, progress: percent }
      const services = [{ service_id: '$ota', event_type: 'upgrade_progress_report', paras }]
      const topic = `oc/devices/${deviceId}/sys/events/up`
      return client.publishAsync(topic, JSON.stringify({ services }), { qos: 1 })
    },
    shows: async (is) => {
      const shown = await get(Upgrade, `${device}/upgrade`)
      return is === 'end' ? shown.state === 'failed' : shown.percent === percent
    },
  }
}
