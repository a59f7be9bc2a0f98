import { isMap } from '../record.ts';
import type { ConfigRule } from '../rule.ts';

/** Commands that YAML took apart at a colon: `- echo "a: b"` is a text, `- echo a: b` a map. */
export const checkCommands: ConfigRule = config =>
  ['runcmd', 'bootcmd'].flatMap(name => {
    const commands = config[name];
    if (!Array.isArray(commands)) return [];
    return commands.flatMap((command: unknown, index) =>
      isMap(command)
        ? [
            {
              rule: 'command-is-map' as const,
              severity: 'error' as const,
              path: [name, index],
              message: `the colon and blank in it make a map of the command, and cloud-init then runs nothing of ${name}; put the whole command in quotes`,
            },
          ]
        : [],
    );
  });
