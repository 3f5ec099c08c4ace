/** `fanout token …` and `fanout usage`: what is for administrators of a namespace. */
import type { Role } from '@fanout/runtime';
import { type Command, Option } from 'commander';
import { type Call, type Outcome, withClient } from '../connection/with-client.ts';
import { readDuration } from '../options.ts';
import { formatAgo, formatBytes, formatCount } from '../terminal/format.ts';
import { printable } from '../terminal/printable.ts';
import { drawTable } from '../terminal/table.ts';

const roles: readonly Role[] = ['runtime', 'client', 'admin'];

export function addTokenCommands(program: Command): void {
  const token = program
    .command('token')
    .description('tokens of a namespace; wants a token of an administrator');
  token
    .command('create')
    .description('make a token, and print its text, which cannot be read again')
    .addOption(new Option('--role <role>', 'the calls that it allows').choices(roles).makeOptionMandatory())
    .option(
      '--ttl <time>',
      'time until it expires, such as 90d; it lasts until it is revoked if absent',
      readDuration,
    )
    .action(withClient(createToken));
  token
    .command('list')
    .description('list tokens, the newest first, without their texts')
    .action(withClient(listTokens));
  token
    .command('revoke <token>')
    .description('end a token: for new calls within a second, for streams within two')
    .action(withClient(revokeToken));
  program
    .command('usage')
    .description(
      'show every quota of a namespace, and how much of it is used; wants a token of an administrator',
    )
    .action(withClient(showUsage));
}

async function createToken({ client, output, options }: Call<{ role: Role; ttl?: number }>): Outcome {
  const { role, ttl: ttlMs } = options;
  const { token, bearer } = await client.createToken({ role, ttlMs });
  // Alone on stdout, so that it can go to a file as it is.
  output.show({ ...token, bearer }, () => [bearer]);
  if (!output.isJson)
    output.note(
      `token ${token.id}, role ${role}, namespace ${token.namespace}: keep its text, it cannot be read again`,
    );
}

async function listTokens({ client, output }: Call): Outcome {
  const tokens = await client.tokens();
  if (output.isJson) for (const token of tokens) output.show(token, () => []);
  if (tokens.length === 0) return output.tell('no tokens: "fanout token create --role client" makes one');
  const rows = tokens.map(({ id, role, createdAt, expiresAt }) => [
    id,
    role,
    formatAgo(createdAt),
    expiresAt === undefined ? 'never' : formatAgo(expiresAt),
  ]);
  const columns = [{ title: 'TOKEN' }, { title: 'ROLE' }, { title: 'MADE' }, { title: 'EXPIRES' }] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}

async function revokeToken({ client, output }: Call, tokenId: string): Outcome {
  await client.revokeToken(tokenId);
  output.show({ tokenId }, () => [`revoked token ${printable(tokenId)}`]);
}

async function showUsage({ client, output }: Call): Outcome {
  const quotas = await client.usage();
  if (output.isJson) for (const quota of quotas) output.show(quota, () => []);
  const rows = quotas.map(({ quota, limit, used, isSet }) => {
    const format = quota === 'BYTES' ? formatBytes : formatCount;
    const share = used === undefined || limit === 0 ? '–' : `${Math.floor((100 * used) / limit)} %`;
    return [
      quota.toLowerCase(),
      used === undefined ? '–' : format(used),
      format(limit),
      share,
      isSet ? 'of the namespace' : 'of the deployment',
    ];
  });
  const columns = [
    { title: 'QUOTA' },
    { title: 'USED', side: 'right' },
    { title: 'LIMIT', side: 'right' },
    { title: 'SHARE', side: 'right' },
    { title: 'LIMIT IS' },
  ] as const;
  for (const line of drawTable(columns, rows)) output.tell(line);
}
