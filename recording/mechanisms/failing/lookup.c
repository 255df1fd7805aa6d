/* lookup NAME PAUSE_S: asks the C library for the name's addresses, again and again; compiled with musl, whose stub resolver it is about. */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
	struct addrinfo hints, *found;
	if (count < 3)
		return 2;
	for (;;) {
		memset(&hints, 0, sizeof hints);
		hints.ai_socktype = SOCK_STREAM;
		if (getaddrinfo(words[1], "80", &hints, &found) == 0)
			freeaddrinfo(found);
		sleep(atoi(words[2]));
	}
}
