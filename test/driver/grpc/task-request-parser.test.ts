import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTaskRequest } from '../../../driver/grpc/task-request-parser.ts';

/** A TaskConfig as grpc-js decodes it, with what a test is about. */
function message(fields: object) {
  return {
    id: 'alloc/vm/1',
    name: 'vm',
    env: {},
    alloc_dir: '/alloc',
    stdout_path: '',
    stderr_path: '',
    task_group_name: 'g',
    job_id: 'j',
    alloc_id: 'alloc',
    namespace: 'default',
    node_name: 'n',
    user: '',
    ...fields,
  };
}

describe('parseTaskRequest()', () => {
  it('has the dns of the group, and nothing where there is none', () => {
    const dns = { servers: ['192.0.2.1'], searches: ['lab.example'], options: ['ndots:2'] };
    expect(parseTaskRequest(message({ dns })).dns).toEqual(dns);
    const none = { servers: [], searches: [], options: [] };
    expect(parseTaskRequest(message({ dns: null })).dns).toEqual(none);
    expect(parseTaskRequest(message({})).dns).toEqual(none);
  });

  it('has the folder of the task below that of the allocation', () => {
    expect(parseTaskRequest(message({})).taskDir).toBe(join('/alloc', 'vm'));
  });
});
