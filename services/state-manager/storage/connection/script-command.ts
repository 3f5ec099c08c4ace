import { Command } from 'ioredis';

/**
 * A call of a script, which may have thousands of arguments: numbers go as JavaScript writes them. ioredis copies and
 * checks whatever a command is given, one by one, and finds nothing here that needs it; so it is given none, and what
 * it would have made of them after that.
 * @param args number of keys, keys and the other arguments
 */
export function scriptCommand(
  name: 'EVAL' | 'EVALSHA',
  script: string,
  args: readonly (string | number)[],
): Command {
  const command = new Command(name, [], { replyEncoding: 'utf8' });
  const texts = args.map(String);
  texts.unshift(script);
  command.args = texts;
  return command;
}
