/** `main.ts [URL …]`: calls them, or a server of its own that fails now and then. */
import { callGraph } from '../call-graph.ts';
import { Call, callUrls, Report, Urls } from './graph.ts';
import { startServer } from './server.ts';

const server = await startServer();
const given = process.argv.slice(2);
const own = Array.from({ length: 30 }, (_, index) => `${server.url}/${index === 7 ? 'missing' : index}`);
console.log(await callGraph([Urls, Call, Report], callUrls, { urls: given.length > 0 ? given : own }));
server.stop();
