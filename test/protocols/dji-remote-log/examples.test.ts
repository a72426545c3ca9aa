import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProgress, readReply } from '../../../protocols/dji-remote-log/up.ts'
import { upwardExamples } from '../spoilt.ts'
import { example, understood } from './payload.ts'

const dockSn = '7CTDLAB00A0001'
const placeholderId = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxx'

const archive = {
  fingerprint: '4f65b891f3bc09bdb6d4c36a996b532d',
  sizeBytes: 155_232,
  end: 'uploaded',
  stepNumber: 19,
  stepPercent: 100,
  finishedAt: 1_655_781_395_926,
  uploadRate: 0,
  result: 0,
}
const progress = {
  processId: placeholderId,
  end: 'uploaded',
  archives: [
    {
      ...archive,
      module: 'aircraft',
      deviceSn: 'drone_sn',
      objectKey: '4bf0039f-6434-44a8-b891-8d7b6b7ff138/drone_sn/video_20220621_110830.log',
    },
    {
      ...archive,
      module: 'dock',
      deviceSn: 'dock_sn',
      objectKey: '4bf0039f-6434-44a8-b891-8d7b6b7ff138/dock_sn/video_20220621_110830.log',
      stepCount: 30,
    },
  ],
  gatewayContradicts: false,
}

const listed = {
  commandId: placeholderId,
  result: 0,
  modules: [
    {
      module: 'aircraft',
      deviceSn: 'xxxxxxxxx',
      result: 0,
      logs: [
        { bootIndex: 1111, startTime: 1_654_070_968_655, endTime: 1_659_427_398_806, sizeBytes: 33_789 },
        { bootIndex: 22_222, startTime: 1_659_427_398_806, endTime: 1_659_427_398_806, sizeBytes: 33_789 },
      ],
    },
    {
      module: 'dock',
      deviceSn: 'device_sn',
      result: 0,
      logs: [
        { bootIndex: 11_111, startTime: 1_659_427_398_806, endTime: 1_659_427_398_806, sizeBytes: 36_772 },
        { bootIndex: 22_222, startTime: 1_659_427_398_806, endTime: 1_659_427_398_806, sizeBytes: 33_789 },
      ],
    },
  ],
}

const accepted = { commandId: placeholderId, result: 0, modules: [] }

const expected = {
  'up-fileupload_progress': progress,
  'up-fileupload_progress-v1.16': progress,
  'up-fileupload_progress-2023': progress,
  'up-fileupload_list': listed,
  'up-fileupload_list-v1.16': listed,
  'up-fileupload_start': accepted,
  'up-fileupload_start-v1.16': accepted,
  'up-fileupload_update': accepted,
  'up-fileupload_update-v1.16': accepted,
  'up-fileupload_progress-autel': {
    processId: '7c1f4d0a-9a55-4c39-8f6e-0a2c51b0c9d2',
    result: 0,
    end: 'uploaded',
    archives: [
      {
        module: 'aircraft',
        objectKey: '2e742c87-65a1-4f0f-9c0e-6d0f5f1f3b7a.tar',
        sizeBytes: 89_205_156,
        fingerprint: '9e107d9d372bb6826bd81d3542a419d6',
        deviceSn: '1748FEV3HMM825451479',
        end: 'uploaded',
        stepNumber: 1,
        stepPercent: 100,
        finishedAt: 1_708_603_244_736,
        uploadRate: 0,
        result: 0,
      },
    ],
    gatewayContradicts: false,
  },
  'up-fileupload_list-aircraft-off': {
    commandId: '5d0f4a3e-8d0b-4a7e-b0f5-2f3c8f1d6e77',
    result: 0,
    modules: [
      { module: 'aircraft', result: 324_015, logs: [] },
      {
        module: 'dock',
        deviceSn: dockSn,
        result: 0,
        logs: [
          { bootIndex: 321, startTime: 1_709_990_000_000, endTime: 1_709_993_600_000, sizeBytes: 33_789 },
        ],
      },
    ],
  },
}

describe('the examples', () => {
  for (const [name, fact] of Object.entries(expected)) {
    it(`${name} says what its page says`, () => {
      const read = name.includes('progress')
        ? readProgress(name.includes('autel') ? dockSn : 'dock_sn', example(name))
        : readReply(dockSn, example(name))
      assert.deepEqual(understood<unknown>(read), fact)
    })
  }

  it('are all read', () => assert.deepEqual(upwardExamples('dji-remote-log'), Object.keys(expected).sort()))
})
