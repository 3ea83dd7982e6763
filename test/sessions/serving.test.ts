/** Which sockets are a session's, and under which address nobody but it answers. */
import { expect, test } from 'vitest'
import { serversOf } from '../../src/sessions/serving.ts'

const OWN = [10, 11]
const urls = (sockets: Parameters<typeof serversOf>[0]) => serversOf(sockets, OWN).found.map(({ url }) => url)
const at = (address: string, ...pids: number[]) => ({ address, port: 5173, pids })

test('alone on its port it is found as localhost', () => {
  expect(serversOf([at('::1', 10), at('127.0.0.1', 10), { ...at('0.0.0.0'), port: 80 }], OWN)).toEqual({
    found: [
      {
        port: 5173,
        addresses: ['::1', '127.0.0.1'],
        exposed: false,
        url: 'http://localhost:5173',
        pid: 10,
      },
    ],
    omitted: 0,
  })
  expect(urls([at('::', 11)])).toEqual(['http://localhost:5173'])
  expect(urls([at('127.0.0.2', 11)])).toEqual(['http://127.0.0.2:5173'])
  expect(serversOf([at('0.0.0.0', 10)], OWN).found[0]?.exposed).toBe(true)
  expect(serversOf([at('192.168.1.7', 10)], OWN).found[0]).toMatchObject({
    exposed: true,
    url: 'http://192.168.1.7:5173',
  })
})

test('where localhost could be somebody else, its own address is told, or none', () => {
  expect(urls([at('::1', 10), at('127.0.0.1')])).toEqual(['http://[::1]:5173'])
  expect(urls([at('127.0.0.1', 10), at('::1')])).toEqual(['http://127.0.0.1:5173'])
  expect(urls([at('0.0.0.0', 10), at('::1')])).toEqual(['http://127.0.0.1:5173'])
  expect(urls([at('127.0.0.1', 10), at('0.0.0.0')])).toEqual([null])
  expect(urls([at('::1', 10), at('::')])).toEqual([null])
  expect(urls([at('127.0.0.1', 10), at('127.0.0.1')])).toEqual([null])
  expect(urls([at('127.0.0.1', 10, 99)])).toEqual([null])
})

test('nothing of others, one row for a socket that a parent and its children hold, and no flood', () => {
  expect(serversOf([at('127.0.0.1', 99), at('::')], OWN)).toEqual({ found: [], omitted: 0 })
  expect(serversOf([at('127.0.0.1', 11, 10)], OWN).found.map(({ pid }) => pid)).toEqual([10])
  const many = Array.from({ length: 60 }, (_, i) => ({ address: '::1', port: 1000 + i, pids: [10] }))
  expect(serversOf(many, OWN)).toMatchObject({ omitted: 10, found: { length: 50 } })
})
