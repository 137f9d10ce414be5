// examples/git-server: SSH by russh, repositories by git, and the second factor by the library between them. People come
// with the git and the ssh of Debian; their phone is oathtool.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { GitServer, until } from '../lib/git-server.mjs';
import { WallPhone } from '../lib/wall-phone.mjs';
import { scanTerminal } from '../lib/qr.mjs';

const run = promisify(execFile);
const password = 'seven kettles sing to a violet moon';

describe('examples/git-server', { timeout: 300_000 }, () => {
  let server;
  const secrets = new Set([password]);
  before(async () => {
    server = await GitServer.open();
  });
  after(() => server?.close());

  // Each has an account of their own: they come at the same time, since ssh waits a second after every refusal.
  describe('people', { concurrency: 4, timeout: 200_000 }, people);
  describe('the server', operator);

  /** Somebody new, whose secrets have to stay theirs. */
  async function somebody(name) {
    const person = await server.enrolled(name, password);
    for (const secret of [person.phone.key, ...person.recoveryCodes]) secrets.add(secret);
    return person;
  }

  const asks = (...said) => {
    said.slice(1).forEach((line) => line && secrets.add(line));
    return server.asks(...said);
  };

  function isIn({ status, told }) {
    assert.equal(status, 0, told);
    assert.doesNotMatch(told, /denied|code (is|has)/);
  }

  function isRefused({ status, told }, reason) {
    assert.notEqual(status, 0, told);
    assert.match(told, reason);
    assert.match(told, /Permission denied \(keyboard-interactive\)/);
  }

  function people() {
    test('somebody enrols at the terminal, and a right code turns it on, not a wrong one', async () => {
      const { phone, recoveryCodes } = await somebody('jana');
      assert.equal(recoveryCodes.length, 10);
      const answer = await asks('jana', password, await phone.freshCode());
      isIn(answer);
      assert.equal(answer.asked, "(jana@127.0.0.1) Password: \n(jana@127.0.0.1) Authentication code: \n");

      // Petr goes away before a code was right.
      let petrs;
      const { told, status } = await server.enrols('petr', password, async (told, times) => {
        petrs ??= new WallPhone((await scanTerminal(told)).secret);
        return times === 1 ? petrs.wrongCode() : undefined;
      });
      assert.notEqual(status, 0);
      assert.match(told, /type the code that the app shows now for this QR code\./);
      isRefused(await asks('petr', password, await petrs.freshCode()), /not set up/);
      isRefused(await asks('petr', 'not the password'), /denied/);
    });

    test('git pushes and clones for whoever has shown both, and nothing else is to be had', async () => {
      const { phone, recoveryCodes } = await somebody('eva');
      const [work, copy] = [join(server.directory, 'work'), join(server.directory, 'copy')];
      await mkdir(work);
      await run('git', ['init', '--quiet', '--initial-branch=main', work]);
      await writeFile(join(work, 'note.txt'), 'A kiln wants patience.\n');
      await run('git', ['-C', work, 'add', '.']);
      await run('git', ['-C', work, '-c', 'user.name=Eva', '-c', 'user.email=eva@example.com', 'commit', '--quiet', '-m', 'A note']);
      const pushed = await server.runs('eva', [password, await phone.freshCode()], ({ remote }) => [['git', 'push', '--quiet', remote, 'main'], work]);
      assert.equal(pushed.status, 0, pushed.told);
      const cloned = await server.runs('eva', [password, await phone.freshCode()], ({ remote }) => [['git', 'clone', '--quiet', '--branch', 'main', remote, copy]]);
      assert.equal(cloned.status, 0, cloned.told);
      assert.equal((await run('cat', [join(copy, 'note.txt')])).stdout, 'A kiln wants patience.\n');

      // One connection may serve for a while, without another question.
      const sharing = ['ControlMaster=auto', 'ControlPersist=60', `ControlPath=${join(server.directory, 'shared')}`].flatMap((option) => ['-o', option]);
      const shared = (says) => server.runs('eva', says, ({ ssh, remote }) => [['env', `GIT_SSH_COMMAND=${[...ssh, ...sharing].join(' ')}`, 'git', 'ls-remote', remote]]);
      isIn(await shared([password, recoveryCodes[8]]));
      const again = await shared([]);
      isIn(again);
      assert.equal(again.asked, '');
      await server.runs('eva', [], ({ ssh, person }) => [[...ssh, ...sharing, '-O', 'exit', person]]);

      const commands = ['id', "git-upload-pack '../../git-server'", "git-upload-pack 'notes.git'; id", 'git-upload-archive notes.git'];
      for (const [nth, command] of commands.entries()) {
        const answer = await server.runs('eva', [password, recoveryCodes[nth]], ({ ssh, person }) => [[...ssh, person, command]]);
        assert.match(answer.told, /exec request failed on channel/, command);
        assert.notEqual(answer.status, 0);
      }
      const none = await server.runs('eva', [password, recoveryCodes[6]], ({ ssh, person }) => [[...ssh, person, "git-upload-pack '--help'"]]);
      assert.match(none.told, /'\.\/--help\.git' does not appear to be a git repository/);
      const shell = await server.runs('eva', [password, recoveryCodes[5]], ({ ssh, person }) => [[...ssh, '-T', person]]);
      assert.match(shell.told, /shell request failed on channel/);
      const sftp = await server.runs('eva', [password, recoveryCodes[7]], ({ ssh, person }) => [[...ssh, '-s', person, 'sftp']]);
      assert.match(sftp.told, /subsystem request failed on channel/);
    });

    test('a password is not enough, whatever ssh tries', async () => {
      await somebody('otto');
      isRefused(await asks('otto', password), /no code was typed/);
      isRefused(await asks('otto', password, ''), /no code was typed/);
      isRefused(await asks('otto', password, 'open sesame'), /only the digits/);
      for (const method of ['password', 'publickey', 'none']) {
        const answer = await server.runs('otto', [password], ({ ssh, person }) => [[...ssh, '-o', `PreferredAuthentications=${method}`, person, 'git-upload-pack notes.git']]);
        isRefused(answer, /denied/);
        assert.equal(answer.asked, '', method);
      }
    });

    test('a wrong code, a spent one and older ones open nothing; the next one does', async () => {
      const { phone } = await somebody('ida');
      const first = await phone.freshCode();
      isIn(await asks('ida', password, first));
      isRefused(await asks('ida', password, first), /already been used/);
      isRefused(await asks('ida', password, await phone.wrongCode()), /not right/);
      const { stdout: old } = await run('oathtool', ['--totp', '--base32', `--now=@${Math.floor(Date.now() / 1000) - 3600}`, phone.key]);
      isRefused(await asks('ida', password, old.trim()), /not right/);
      // A slip of the finger needs no second connection.
      const answer = await asks('ida', password, await phone.wrongCode(), await phone.freshCode());
      assert.equal(answer.status, 0, answer.told);
      assert.match(answer.told, /This code is not right\./);
    });

    test('a recovery code stands for the phone once', async () => {
      const { recoveryCodes } = await somebody('max');
      isIn(await asks('max', password, recoveryCodes[3].toLowerCase().replaceAll('-', ' ')));
      isRefused(await asks('max', password, recoveryCodes[3]), /already been used/);
      for (const [nth, code] of recoveryCodes.filter((_, nth) => nth !== 3).slice(0, 6).entries()) {
        const answer = await asks('max', password, code);
        assert.equal(answer.status, 0, answer.told);
        const left = 8 - nth;
        if (left > 3) assert.doesNotMatch(answer.told, /left/);
        else assert.match(answer.told, new RegExp(`You have ${left} recovery codes left`));
      }
    });

    test('of several connections with one code exactly one is let in', async () => {
      const { phone, recoveryCodes } = await somebody('ada');
      for (const code of [await phone.freshCode(), recoveryCodes[0]]) {
        const answers = await Promise.all(Array.from({ length: 4 }, () => asks('ada', password, code)));
        assert.equal(answers.filter(({ status }) => status === 0).length, 1, answers.map(({ told }) => told).join('\n'));
        for (const answer of answers.filter(({ status }) => status !== 0)) isRefused(answer, /already been used|too many/);
      }
    });

    test('guessing ends: no code is looked at any more, not even a right one, and a recovery code is', async () => {
      const { phone, recoveryCodes } = await somebody('kim');
      let answer;
      let times = 0;
      do {
        answer = await asks('kim', password, await phone.wrongCode());
        times += 1;
      } while (!/too many/.test(answer.told) && times < 20);
      assert.ok(times > 3 && times < 20, `${times} wrong codes`);
      isRefused(await asks('kim', password, await phone.freshCode()), /There were too many wrong codes\. Wait, or use a recovery code\./);
      isRefused(await asks('kim', 'not the password'), /denied/);
      isIn(await asks('kim', password, recoveryCodes[0]));
    });

    test('a name that nobody has gets the same answers as a wrong password', async () => {
      await somebody('lea');
      const plain = ({ status, told, asked }, name) => ({ status, told: told.replaceAll(`${name}@`, 'NAME@'), asked: asked.replaceAll(`${name}@`, 'NAME@') });
      const lea = plain(await asks('lea', 'not the password', '123456'), 'lea');
      const nobody = plain(await asks('nobody', 'not the password', '123456'), 'nobody');
      assert.match(lea.told, /denied/);
      assert.equal(lea.asked, '(NAME@127.0.0.1) Password: \n');
      assert.deepEqual(nobody, lea);
    });

    test('a lost second factor is ended at the terminal, and set up anew', async () => {
      const { phone, recoveryCodes } = await somebody('zoe');
      assert.equal(await server.resets('zoe'), 0);
      for (const code of [await phone.freshCode(), recoveryCodes[0]]) isRefused(await asks('zoe', password, code), /not set up/);
      const anew = await somebody('zoe');
      isRefused(await asks('zoe', password, await phone.freshCode()), /not right/);
      isIn(await asks('zoe', password, await anew.phone.freshCode()));
    });
  }

  function operator() {
    test('while the database is held nobody is let in, nobody else waits, and nothing is spent', async () => {
      const { phone } = await somebody('uma');
      const code = await phone.freshCode();
      await server.holding(async () => {
        let others = 'waited';
        // A connection gives up after two seconds, and on a busy machine the other one may be slower: then once more.
        for (let times = 0; others === 'waited' && times < 5; times += 1) {
          const waiting = await server.connects('uma', [password, code], ({ remote }) => [['git', 'ls-remote', remote]]);
          await until('the code is said', waiting.hasSaid, waiting.told);
          // Another connection goes as far as it gets without a password, before the first one is answered.
          assert.ok(await server.speaks());
          if (!/at the moment/.test(waiting.told())) others = 'went on';
          const answer = await waiting.ended;
          isRefused(answer, /does not work at the moment/);
        }
        assert.equal(others, 'went on');
      });
      isIn(await asks('uma', password, code));
    });

    test('what is spent stays spent when the server starts again, and it is the same server to ssh', async () => {
      const { phone } = await somebody('bob');
      const code = await phone.freshCode();
      isIn(await asks('bob', password, code));
      await server.stops();
      await server.start();
      isRefused(await asks('bob', password, code), /already been used/);
    });

    test('whoever says nothing is sent away after a while', async () => {
      const hasty = await GitServer.open({ settings: { GIT_SERVER_WAY_IN: '1' } });
      try {
        await Promise.all(['', 'SSH-2.0-slow\r\n'].map(async (greeting) => {
          const socket = connect(hasty.port, '127.0.0.1').resume();
          socket.write(greeting);
          await once(socket, 'end');
        }));
        // On a busy machine somebody honest may be too slow once as well.
        await until('it speaks to others', () => hasty.speaks().catch(() => false), () => hasty.log());
      } finally {
        await hasty.close();
      }
    });

    test('more connections than it can have files open do not end it', async () => {
      const small = await GitServer.open({ files: 48 });
      const sockets = [];
      try {
        const tooMany = () => /Too many open files/.test(small.log());
        await until('it has no file left', () => {
          if (!tooMany()) sockets.push(connect(small.port, '127.0.0.1').on('error', () => {}));
          return tooMany();
        }, () => small.log());
        sockets.forEach((socket) => socket.destroy());
        await until('it speaks again', () => small.speaks().catch(() => false), () => small.log());
      } finally {
        sockets.forEach((socket) => socket.destroy());
        await small.close();
      }
    });

    test('a first start that failed is no obstacle to the second', async () => {
      const nowhere = { settings: { GIT_SERVER_SECOND_FACTOR: 'postgresql://nobody@127.0.0.1:1/none' } };
      const fresh = await GitServer.unstarted(nowhere);
      try {
        const { told, status } = await fresh.enrols('jana', password, () => undefined);
        assert.notEqual(status, 0, told);
        fresh.finds();
        await fresh.enrolled('jana', password);
      } finally {
        await fresh.close();
      }
    });

    test('nobody else on the machine reads its files', async () => {
      const files = (await readdir(server.directory)).filter((name) => name.startsWith('git-server.'));
      assert.ok(files.includes('git-server.db') && files.includes('git-server.key') && files.includes('git-server.host'), files.join());
      for (const file of files) assert.equal((await stat(join(server.directory, file))).mode & 0o777, 0o600, file);
    });

    test('the log holds no secret', () => {
      const log = server.log();
      assert.match(log, /listening on/);
      assert.match(log, /held|busy|locked|answer|reach/i, 'it says why nobody was let in meanwhile');
      for (const secret of secrets) assert.ok(!log.includes(secret), 'a secret in the log');
    });
  }
});
