# Crontabs of all kinds, sound and not, in a place where Debian's cron is.
set -e
rm -f /etc/cron.d/* /var/spool/cron/root; cd /etc/cron.d
of() { printf "$2" >"$1"; chmod "${3:-644}" "$1"; }
L='* * * * * root /bin/true\n'
of good "$L"
of names '1 2 3 JAN,feb-mar Mon-Fri root /bin/true\n'
of days '* * * * 5-7,sun root /bin/true\n'
of tilde '0~10 * * * * root /bin/true\n'
of executable "$L" 755
of comment "$L# no newline"
of crlf "${L%??}\r\n"
of odd '1-9/3/2 *-5 * * * root /bin/true\n'
of set 'A-B=1\nC = "x y"\nD='"''"'\n'"$L"
of zeros "007 * * * * root /bin/true\n"
of nouser '* * * * * /bin/touch /x\n'
of nonewline "${L%??}"
of crlfblank "\r\n$L"
of minute "99 * * * * root /bin/true\n$L"
of few "$L* * * * root\n"
of baduser "$L* * * * * nosuch /bin/true\n"
of nbsp '* * * * * root\302\240/bin/true\n'
of nocommand '* * * * * root\n'
of at '@dailyy root /bin/true\n'
of upper '@Daily root /bin/true\n'
of daily '@daily root /bin/true\n'
of step0 '*/0 * * * * root /bin/true\n'
of stepn '5/10 * * * * root /bin/true\n'
of dow '* * * * 8 root /bin/true\n'
of setonly 'PATH=/bin'
of bom "\357\273\277$L"
of setblank "A B = 1\n$L"
of setquote "\"A\" = \"b\n$L"
of setempty "A=\n$L"
of comma '* * * * 1,,2 root /bin/true\n'
of last '* * * * 1, root /bin/true\n'
of month "* * * JANUARY * root /bin/true\n"
of dash '1- * * * * root /bin/true\n'
of feed "\f$L"
of group "$L" 664
of other "$L" 646
of foreign "$L"
chown plain foreign
X=$(head -c 988 /dev/zero | tr '\0' x)
of fits "* * * * * root /bin/true $X\n"
of long "* * * * * root /bin/true x$X\n"
of hard "$L"
ln hard /root/hard
of /root/sym "$L"
ln -s /root/sym sym
chown -h plain sym
ln -s /root/sym rootsym
of /root/two "$L"
ln /root/two /root/three
ln -s /root/two symhard
of dotted.cron "$L"
cd /var/spool/cron/crontabs
rm -f *
U='* * * * * /bin/true\n'
of root "$U" 600
of root.bak "$U" 600
of plain "$U" 644
chown plain plain
of noisy "$U" 600
chown clerk noisy
of clerk "$U" 600
of gone "${U%??}" 600
chown gone gone
of sys "$U" 700
of bin "$U" 400
of daemon "$U" 640
of mail "99 $U" 600
of sshd "$U" 600
ln sshd /root/sshd
of /root/games "$U" 600
ln -s /root/games games
