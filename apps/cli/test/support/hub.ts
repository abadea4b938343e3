import { type Double, serve } from './somakit.js';

export const COMMIT = '9f2c1d7e5b8a4c3d2e1f0a9b8c7d6e5f4a3b2c1d';

/** As much of the Hugging Face Hub as an upload of small files needs. */
export const serveHub = async (): Promise<Double> =>
  serve(({ path, body }) => {
    if (path === '/api/repos/create') return { json: { url: 'https://hub.example/me', name: 'me/model', id: '1' } };
    if (path.includes('/preupload/')) {
      const { files } = JSON.parse(body) as { files: { path: string }[] };
      return { json: { files: files.map((file) => ({ path: file.path, uploadMode: 'regular' })) } };
    }
    if (path.includes('/commit/')) {
      return { json: { success: true, commitOid: COMMIT, commitUrl: `https://hub.example/commit/${COMMIT}` } };
    }
    return { status: 404, json: { error: 'Repository not found' } };
  });
