"""cov3rt_send.py FILE: sends one message with cov3rt's DNS timing cloak: `start, resolver, name, name that ends it, seconds of a 0, of a 1, message`."""
import sys
import time

from cov3rt.Cloaks.DNSTiming import DNSTiming

start, resolver, name, end, zero, one, message = open(sys.argv[1]).read().rstrip("\n").split("\t")
time.sleep(max(0.0, float(start) - time.time()))
cloak = DNSTiming(ip_dst=resolver, domaindelim=end, domaincont=name, zerotiming=float(zero), onetiming=float(one))
cloak.ingest(message)
cloak.send_packets()
