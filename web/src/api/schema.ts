// Made from crates/serve/openapi.json by `npm run types`. Not to be changed by hand.
export interface paths {
    "/api": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Name, version, limits, memory. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["About"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All data sets. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DataSet"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Keeps pasted or uploaded data. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            responses: {
                /** @description Created */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Uploaded"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a data set holds. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DataDetail"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/data/{name}/fetch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Downloads a data set, with its checksum. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Fetched"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recipes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The built-in recipes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Recipe"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recipes/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads a recipe without making anything of it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Named"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Checked"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/recipes/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every key that a recipe may hold. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The recorded runs, the oldest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/runs/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunDetail"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Removes a run with all that was recorded of it; a session that it is ends. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description No Content */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes name, tags or note of a run; a session goes to sleep before its name is changed. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RunChange"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/runs/{name}/series/{series}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A recorded series of a run. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                    series: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Series"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/scalar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Computes an expression and its gradients, one number at a time. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Expression"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Scalar"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All sessions; those that sleep are not woken. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListedSession"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Begins a session. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Create"];
                };
            };
            responses: {
                /** @description Created */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One session. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Closes a session; its run stays, unless it never made a step. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description No Content */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes learning rate, speed or the number of steps. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Change"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/sessions/{id}/classify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an example is taken for, or the values that are told of it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Example"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Classified"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Edited and unedited side by side. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Compare"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Compared"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/decode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What an autoencoder's decoder draws at a place of its plane. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Place"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Decoded"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/diagnostics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every tensor of the next step in numbers, with advice. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Diagnosis"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The edit log as a file. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EditLog"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        /** Puts a saved log in the place of all. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EditLogGiven"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        /** Adds an entry at the end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewEdit"];
                };
            };
            responses: {
                /** @description Created */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/edits/order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Brings the entries into another order. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/edits/redo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes it again. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/edits/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Trains again from step 0 to the present step. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/edits/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the last change back. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/edits/{edit}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes an entry. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    edit: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewEdit"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        post?: never;
        /** Takes an entry out. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    edit: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogChange"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/evaluate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Measures a split. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Evaluate"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Evaluated"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** ActiveSession events, at most ten a second: state, loss, samples, statistics, edits, study, end. */
        get: {
            parameters: {
                query?: {
                    want?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/examples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Some examples of a part of the data, with what they are taken for. */
        get: {
            parameters: {
                query: {
                    count?: number;
                    from?: number;
                    split: string;
                    /** @description Only those that are taken for another class. */
                    wrong?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Examples"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Why: feature maps, class scores as sums, saliency, occlusion, similar training examples; of a neuron all it computes. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Example"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Explained"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Generates texts. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Generate"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Generated"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/goto": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Goes to a step: from the checkpoint before it, by training. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Goto"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A tensor's statistics over time, as far as they were listened to. */
        get: {
            parameters: {
                query: {
                    name: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["History"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/letters/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What follows what in some names. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Names"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Counted"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/network": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The values that the model names, and which feeds which. */
        get: {
            parameters: {
                query?: {
                    context?: string;
                    edited?: boolean;
                    row?: number;
                    split?: string;
                    target?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Network"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops after this step. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Trains. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Play"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/precision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The precision study that runs or ran last; its formats are empty until it is done. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Study"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Begins to train copies of the session from this step on, one in each number format; events tell how far it is. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Precision"];
                };
            };
            responses: {
                /** @description Accepted */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Study"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        /** Ends the study that runs. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Study"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/predict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The next letter's probabilities. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PredictionAsk"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Prediction"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/sleep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts a session to sleep. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ListedSession"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/step": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes some steps. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Step"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["State"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/tensor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The numbers of a tensor. */
        get: {
            parameters: {
                query: {
                    context?: string;
                    edited?: boolean;
                    format?: components["schemas"]["Format"];
                    index?: string;
                    name: string;
                    part?: components["schemas"]["ValueOrGradient"];
                    row?: number;
                    split?: string;
                    target?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tensor"];
                        "application/octet-stream": string;
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/tensors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every tensor with a name. */
        get: {
            parameters: {
                query?: {
                    context?: string;
                    edited?: boolean;
                    row?: number;
                    split?: string;
                    target?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TensorInfo"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last step that was made slowly. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Trace"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        /** Makes the next step, and answers with every operation of it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Trace"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/trace/tensor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The numbers of a tensor of the trace. */
        get: {
            parameters: {
                query: {
                    format?: components["schemas"]["Format"];
                    id: string;
                    index?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tensor"];
                        "application/octet-stream": string;
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Attention of every head and block: scaled, masked, softmax. */
        get: {
            parameters: {
                query?: {
                    context?: string;
                    edited?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Attention"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/confusion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which class is taken for which; of very many examples, of evenly spread ones. */
        get: {
            parameters: {
                query: {
                    split: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Confusion"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/embedding": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The letters' vectors in the plane. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EmbeddingMap"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/kernels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The kernels of every convolution. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Kernels"][];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/landscape": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is decided everywhere over two measurements, with the examples where they lie. */
        get: {
            parameters: {
                query?: {
                    x?: number;
                    y?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Landscape"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/latent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where examples lie in the narrow middle of an autoencoder. */
        get: {
            parameters: {
                query: {
                    split: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Latent"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/lens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The logit lens: what each depth would predict. */
        get: {
            parameters: {
                query?: {
                    context?: string;
                    edited?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Lens"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hidden states and gates over a text. */
        get: {
            parameters: {
                query?: {
                    context?: string;
                    edited?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["States"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}/views/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tree of fused characters. */
        get: {
            parameters: {
                query?: {
                    context?: string;
                    edited?: boolean;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description OK */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tree"];
                    };
                };
                /** @description What is wrong, and what to do. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Error"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Name, version, limits. */
        About: {
            limits: components["schemas"]["Limits"];
            memory: components["schemas"]["Memory"];
            name: string;
            /** @description Whether the page is inside. */
            page: boolean;
            version: string;
        };
        /** @description One thing a learner should draw from the numbers. */
        Advice: {
            /** @description The activation it was seen in. */
            activation: string | null;
            /**
             * Format: double
             * @description … by this, and it is cured.
             */
            factor: number | null;
            /** @description Multiply these parameters (for [`Topic::LearningRate`]: the learning rate) … */
            parameters: string[];
            /** @description The plain sentence. */
            text: string;
            /** @description What it is about. */
            topic: components["schemas"]["Topic"];
        };
        /** @description A session that sleeps. */
        Asleep: {
            data: string;
            edits: number;
            id: string;
            model: string;
            parameters: number;
            recipe: string;
            status: components["schemas"]["Status"];
            step: number;
            steps: number;
        };
        /** @description Every head of every block. */
        Attention: {
            layers: components["schemas"]["AttentionLayer"][];
            letters: string[];
        };
        /** @description From scores to shares; what is masked is null. */
        AttentionHead: {
            masked: (number | null)[][];
            pattern: (number | null)[][];
            scaled: (number | null)[][];
        };
        AttentionLayer: {
            heads: components["schemas"]["AttentionHead"][];
            name: string;
        };
        /** @description How many numbers fall into each of some bins of equal width between `low` and `high`. */
        Bins: {
            /** @description Numbers in each bin. What is not finite is in none. */
            counts: number[];
            /**
             * Format: double
             * @description Where the last bin ends.
             */
            high: number;
            /**
             * Format: double
             * @description Where the first bin begins.
             */
            low: number;
        };
        /** @description What a text is. */
        Brought: "lines" | "text" | "table";
        /** @description What can be changed while it trains. */
        Change: {
            /**
             * Format: double
             * @default null
             */
            learning_rate?: number | null;
            /**
             * Format: double
             * @default null
             */
            speed?: number | null;
            /** @default null */
            steps?: number | null;
        };
        /** @description A recipe that was read. */
        Checked: {
            about: string;
            data: string;
            /** @description Settings that are allowed and cannot be meant, a sentence each. */
            doubts: string[];
            entries: components["schemas"]["Entry"][];
            model: string;
            name: string;
            /** @description How many numbers its model learns; null where that is so many that counting them takes long. */
            parameters: number | null;
            toml: string;
        };
        /** @description What an example is taken for. */
        Classified: {
            class: number | null;
            /** @description As measured. */
            input: number[];
            label: number | null;
            /** Format: double */
            loss: number | null;
            outputs: number[];
            probabilities: number[];
            step: number;
            unedited: number[] | null;
            wanted: number[] | null;
        };
        /** @description What is compared. */
        Compare: {
            /** @default 10 */
            count?: number;
            /** @default  */
            prompt?: string;
            /** @default null */
            seed?: number | null;
            /** @default null */
            split?: string | null;
            /**
             * Format: double
             * @default 1
             */
            temperature?: number;
        };
        /** @description Edited and unedited. */
        Compared: {
            edited: components["schemas"]["Side"];
            step: number;
            unedited: components["schemas"]["Side"];
        };
        /** @description Which class is taken for which. */
        Confusion: {
            /**
             * Format: double
             * @description The share that was taken for what it is; `None` where there are no examples.
             */
            accuracy: number | null;
            /** @description What the classes are called. */
            classes: string[];
            /** @description How many examples of class `row` were taken for class `column`. */
            matrix: number[][];
            /** @description What holds for each class. */
            of_class: components["schemas"]["OfClass"][];
            /** @enum {string} */
            split: "train" | "dev" | "test";
            step: number;
        };
        /** @description After `context` comes `next`. */
        Connection: {
            context: string;
            /**
             * Format: double
             * @description How often.
             */
            count: number;
            next: string;
        };
        /** @description After `context` comes `next`. */
        ConnectionGiven: {
            context: string;
            /**
             * Format: double
             * @description How often.
             */
            count: number;
            next: string;
        };
        Contribution: {
            /**
             * Format: double
             * @description local · gradient of the node
             */
            amount: number;
            /**
             * Format: double
             * @description ∂node/∂input
             */
            local: number;
            to: number;
        };
        Counted: {
            connections: components["schemas"]["Connection"][];
        };
        /** @description What a session is made of. */
        Create: {
            /** @default null */
            goto?: number | null;
            /** @default null */
            log?: components["schemas"]["EditLogGiven"] | null;
            /** @default false */
            play?: boolean;
            /** @default null */
            recipe?: string | null;
            /** @default null */
            run?: string | null;
            /** @default {} */
            set?: {
                [key: string]: unknown;
            };
            /** @default null */
            step?: number | null;
            /** @default null */
            toml?: string | null;
        };
        /** @description What a data set holds. */
        DataDetail: {
            classes?: string[];
            examples: components["schemas"]["First"];
            features?: string[];
            /** @description Lines, letters of a text, or examples. */
            items: number;
            /** @enum {string} */
            kind: "lines" | "text" | "table" | "images" | "points";
            labels?: number[];
            /** @description Letters of the shortest and of the longest line. */
            lengths: [
                number,
                number
            ] | null;
            name: string;
            shape?: number[];
            values?: number[][];
            /** @description The letters of lines and texts. */
            vocabulary: string | null;
        };
        /** @description A data set. */
        DataSet: {
            /** @description Whether it is at hand. */
            available: boolean;
            bytes: number | null;
            description: string;
            /** @enum {string} */
            kind: "lines" | "text" | "table" | "images" | "points";
            licence: string;
            name: string;
            source: string;
            uploaded: boolean;
        };
        /** @description What a decoder draws. */
        Decoded: {
            values: number[];
        };
        /** @description A diagnosis with all its rows in one list. */
        Diagnosis: {
            advice: components["schemas"]["Advice"][];
            /** Format: double */
            chance: number | null;
            /** Format: double */
            clip_scale: number;
            /** Format: double */
            learning_rate: number;
            /** Format: double */
            loss: number;
            /** @description In how many micro-batches the step is made; activations are those of the first. */
            micro_batches: number;
            rows: components["schemas"]["Row"][];
            step: number;
        };
        /** @description ‖x − exact‖ / ‖exact‖ of one tensor. */
        Divergence: {
            /**
             * @description `parameter` or `activation`.
             * @enum {string}
             */
            kind: "parameter" | "activation";
            /** @description `hidden.weight`, `tanh`. */
            name: string;
            /**
             * Format: double
             * @description `None` where it is no finite number.
             */
            relative: number | null;
        };
        /** @description A picture in any size, from 0 (black) to 1 (white). */
        Drawn: {
            grey: number[];
            height: number;
            width: number;
        };
        /** @description One entry of the log. */
        Edit: {
            /** @default true */
            enabled: boolean;
            /**
             * @description Stays the same when the log is reordered.
             * @default 0
             */
            id: number;
            kind: components["schemas"]["EditKind"];
            /** @description The parameter or activation. */
            name?: string;
            /** @description Whatever its author wants to say. */
            note?: string;
            /** @default set */
            operation: components["schemas"]["EditOperation"];
            /**
             * @description From and to (exclusive) along each axis; all of it where nothing is said.
             * @default null
             */
            range: components["schemas"]["Range"];
            /** @description Where noise starts. */
            seed?: number | null;
            /** @description The step before which it is made. */
            step: number;
            /** @default null */
            value: components["schemas"]["EditValue"] | null;
        };
        /** @description One entry of the log. */
        EditGiven: {
            /** @default true */
            enabled?: boolean;
            /**
             * @description Stays the same when the log is reordered.
             * @default 0
             */
            id?: number;
            kind: components["schemas"]["EditKind"];
            /** @description The parameter or activation. */
            name?: string;
            /** @description Whatever its author wants to say. */
            note?: string;
            /** @default set */
            operation?: components["schemas"]["EditOperation"];
            /**
             * @description From and to (exclusive) along each axis; all of it where nothing is said.
             * @default null
             */
            range?: components["schemas"]["Range"];
            /** @description Where noise starts. */
            seed?: number | null;
            /** @description The step before which it is made. */
            step: number;
            /** @default null */
            value?: components["schemas"]["EditValueGiven"] | null;
        };
        /** @description What an edit changes. */
        EditKind: "parameter" | "activation" | "bias" | "learning_rate";
        /** @description The file that is saved and loaded. */
        EditLog: {
            edits: components["schemas"]["Edit"][];
            /** @description Says what the file is. */
            format: string;
            /**
             * @description The recipe it was made with, for people.
             * @default
             */
            recipe: string;
            /** @default 0 */
            seed: number;
            /** @description Of the format. */
            version: number;
        };
        /** @description The file that is saved and loaded. */
        EditLogGiven: {
            edits: components["schemas"]["EditGiven"][];
            /** @description Says what the file is. */
            format: string;
            /**
             * @description The recipe it was made with, for people.
             * @default
             */
            recipe?: string;
            /** @default 0 */
            seed?: number;
            /** @description Of the format. */
            version: number;
        };
        /** @description How it is changed. */
        EditOperation: "scale_about_mean" | "scale" | "add" | "set" | "zero" | "mean" | "noise" | "patch" | "letters";
        /** @description The number, or what stands for it. */
        EditValue: number | components["schemas"]["Patch"] | components["schemas"]["LetterGraph"];
        /** @description The number, or what stands for it. */
        EditValueGiven: number | components["schemas"]["PatchGiven"] | components["schemas"]["LetterGraphGiven"];
        /** @description What listeners hear of the edit log. */
        EditsNote: {
            edits: number;
            version: number;
        };
        /** @description The table of letters in the plane. */
        EmbeddingMap: {
            explained: [
                number,
                number
            ] | null;
            letters: string[];
            name: string;
            points: [
                number,
                number
            ][];
        };
        /** @description How a run ended, and why. */
        Ended: {
            /** @description The status it ended with. */
            how: string;
            /** @description In words. */
            why: string;
        };
        /** @description A key with its value in some recipe. */
        Entry: {
            choices: string[] | null;
            default: components["schemas"]["Setting"];
            doc: string;
            /** @enum {string} */
            form: "bool" | "int" | "float" | "text" | "choice" | "ints" | "floats" | "texts";
            /** @description The `kind` of the section that it belongs to. */
            kind: string | null;
            /** Format: double */
            max: number | null;
            /** Format: double */
            min: number | null;
            name: string;
            path: string;
            section: string;
            value: components["schemas"]["Setting"];
        };
        /** @description What a client is told. */
        Error: {
            error: components["schemas"]["Reason"];
        };
        Evaluate: {
            /** @default true */
            edited?: boolean;
            split: string;
        };
        /** @description How well a split is predicted. */
        Evaluated: {
            /**
             * Format: double
             * @description How often the most likely token or class is the right one. Not of values.
             */
            accuracy?: number | null;
            /** @description How many predictions were asked for. */
            examples: number;
            /**
             * Format: double
             * @description What training makes small: mean negative log-likelihood in nats, or mean squared error.
             */
            loss: number;
            /**
             * Format: double
             * @description e to the loss: between how many equally likely tokens or classes the model wavers. Of a cross-entropy only.
             */
            perplexity?: number | null;
            split: string;
            step: number;
        };
        /** @description What the stream of events tells, by the names of the events. */
        Events: {
            /** @description The number of the edit log's version. */
            edits: components["schemas"]["EditsNote"];
            /** @description Nothing more will come. */
            end: null;
            /** @description New points of the series. */
            loss: components["schemas"]["LossNews"];
            /** @description What it writes. */
            samples: components["schemas"]["Generated"];
            /** @description Whenever it changes; what never changes only in the first. */
            state: components["schemas"]["State"];
            /** @description Every tensor in numbers; with `want=histograms` with histograms. */
            statistics: components["schemas"]["Diagnosis"];
            /** @description How far the precision study is. */
            study: components["schemas"]["StudyNews"];
        };
        /** @description Which example is meant, by one of four ways of saying it. */
        Example: {
            /**
             * @description The class that is to be explained.
             * @default null
             */
            class?: number | null;
            /**
             * @description Whether the model without edits is asked too.
             * @default false
             */
            compare?: boolean;
            picture?: components["schemas"]["Drawn"] | null;
            /** @default null */
            row?: number | null;
            /** @default null */
            split?: string | null;
            /** @default null */
            text?: string | null;
            /**
             * @description As measured; of a picture, its pixels.
             * @default null
             */
            values?: number[] | null;
        };
        /** @description Some examples of a part, with what they are taken for. */
        Examples: {
            examples: components["schemas"]["ListedExample"][];
            /** @enum {string} */
            split: "train" | "dev" | "test";
            step: number;
            total: number;
            /** @description How many are taken for another class. */
            wrong: number | null;
        };
        /** @description Why. */
        Explained: {
            class: string | null;
            maps: components["schemas"]["FeatureMaps"][];
            neuron: components["schemas"]["Neuron"] | null;
            occlusion: components["schemas"]["Occlusion"] | null;
            saliency: components["schemas"]["Saliency"] | null;
            scores: components["schemas"]["Score"][];
            similar: components["schemas"]["SimilarExample"][];
            step: number;
        };
        Expression: {
            expression: string;
            /** @default {} */
            values?: {
                [key: string]: number;
            };
        };
        /** @description The feature maps that a layer makes of one picture. */
        FeatureMaps: {
            /** @description The value's name: `conv1.activation`. */
            name: string;
            /** @description Maps, rows, columns. */
            shape: [
                number,
                number,
                number
            ];
            /** @description The numbers, in this order. */
            values: number[];
        };
        /** @description A data set that is at hand. */
        Fetched: {
            available: boolean;
            name: string;
        };
        /** @description The first of a data set's items. */
        First: string[] | number[][];
        /** @description How numbers are written. */
        Format: "json" | "f32";
        /** @description What is generated. */
        Generate: {
            /** @default 10 */
            count?: number;
            /** @default true */
            edited?: boolean;
            /**
             * @description So many tokens at most, after the prompt.
             * @default 100
             */
            length?: number;
            /** @default  */
            prompt?: string;
            /** @default null */
            seed?: number | null;
            /**
             * Format: double
             * @default 1
             */
            temperature?: number;
            /** @default null */
            top_k?: number | null;
            /**
             * Format: double
             * @default null
             */
            top_p?: number | null;
        };
        /** @description Texts that a model wrote. */
        Generated: {
            samples: components["schemas"]["Sample"][];
            seed: number;
            step: number;
        };
        Goto: {
            step: number;
        };
        /** @description One tensor over time. */
        History: {
            name: string;
            rows: components["schemas"]["MeasuredRow"][];
            steps: number[];
        };
        /** @description How much a position of the context speaks for the target: gradient × input, summed over its vector. */
        Importance: {
            letter: string;
            position: number;
            /** Format: double */
            score: number;
        };
        /** @description The kernels of one convolution over pictures. */
        Kernels: {
            /** @description The parameter: `conv1.weight`. */
            name: string;
            /** @description Kernels, maps that each sees, rows, columns. */
            shape: [
                number,
                number,
                number,
                number
            ];
            /** @description The numbers, in this order. */
            values: number[];
        };
        /** @description A key of a recipe, and all that a form needs. */
        Key: {
            choices: string[] | null;
            default: components["schemas"]["Setting"];
            doc: string;
            /** @enum {string} */
            form: "bool" | "int" | "float" | "text" | "choice" | "ints" | "floats" | "texts";
            /** @description The `kind` of the section that it belongs to. */
            kind: string | null;
            /** Format: double */
            max: number | null;
            /** Format: double */
            min: number | null;
            name: string;
            path: string;
            section: string;
        };
        /** @description A landscape with the examples over it. */
        Landscape: {
            /** @description What the classes or values are called. */
            classes: string[];
            /** @description Places from left to right. */
            columns: number;
            /** @description The numbers of the features: across, upward. */
            features: [
                number,
                number
            ];
            /** @description What the other features are held at, as measured. */
            held: [
                string,
                number
            ][];
            /** @description What they are called. */
            names: [
                string,
                string
            ];
            points: components["schemas"]["LandscapePoint"][];
            /** @description The probabilities (or values) at the middle of each place, row by row from the lower left corner up. */
            probabilities: number[][];
            step: number;
            /** @description Whether they are values. */
            values: boolean;
            /** @description From where to where it reaches, as measured. */
            x: [
                number,
                number
            ];
            /** @description From where to where it reaches, as measured. */
            y: [
                number,
                number
            ];
        };
        LandscapePoint: {
            at: [
                number,
                number
            ];
            class: number | null;
            label: number | null;
            probabilities: number[];
            row: number;
            /** @enum {string} */
            split: "train" | "dev" | "test";
            wanted: number[] | null;
        };
        /** @description The plane of an autoencoder. */
        Latent: {
            /** @description What the classes are called. */
            classes: string[];
            /** @description How many numbers it has. */
            dimensions: number;
            /** @description The mean of (output − input)² of each example. */
            errors: number[];
            /**
             * @description The share of the variance along each axis of the map; `None` where the layer has two numbers or one, which stand as they
             *     are.
             */
            explained: [
                number,
                number
            ] | null;
            /** @description Each example's class, by its number; −1 where it has none. */
            labels: number[];
            /** @description The name of that layer's values. */
            name: string;
            /** @description Each example's place on the map. */
            places: [
                number,
                number
            ][];
            /** @enum {string} */
            split: "train" | "dev" | "test";
            step: number;
        };
        /** @description What each depth of a Transformer would predict. */
        Lens: {
            layers: components["schemas"]["LensLayer"][];
            letters: string[];
        };
        LensLayer: {
            name: string;
            /** @description For each position, of each token. */
            probabilities: number[][];
        };
        /** @description The graph as it is drawn. */
        LetterGraph: {
            connections: components["schemas"]["Connection"][];
            /**
             * Format: double
             * @description What the whole bias is multiplied with.
             */
            strength: number;
        };
        /** @description The graph as it is drawn. */
        LetterGraphGiven: {
            connections: components["schemas"]["ConnectionGiven"][];
            /**
             * Format: double
             * @description What the whole bias is multiplied with.
             */
            strength: number;
        };
        /** @description How much may be asked for. */
        Limits: {
            body_bytes: number;
            context: number;
            edits: number;
            listeners: number;
            sample_length: number;
            samples: number;
            sessions: number;
            steps: number;
            tensor_numbers: number;
            upload_bytes: number;
        };
        ListedExample: {
            class: number | null;
            input: number[];
            label: number | null;
            probabilities: number[];
            row: number;
            /** @enum {string} */
            split: "train" | "dev" | "test";
        };
        /** @description A session in a list: its state without what never changes; of one that sleeps, what its folder tells. */
        ListedSession: components["schemas"]["State"] | components["schemas"]["Asleep"];
        /** @description A session after its log has changed. */
        LogChange: {
            /** @description The entry that was added or changed. */
            edit?: components["schemas"]["Edit"] | null;
            edits: components["schemas"]["Edit"][];
            state: components["schemas"]["State"];
        };
        /** @description What is new to a listener. */
        LossNews: {
            accuracy: [
                number,
                number
            ][];
            dev: [
                number,
                number
            ][];
            learning_rate: [
                number,
                number
            ][];
            /** @description Whether it must forget what it has. */
            reset: boolean;
            train: [
                number,
                number,
                number
            ][];
        };
        /** @description One parameter, buffer or activation. */
        MeasuredRow: {
            /** @description How many of them are saturated at every place of every example of the batch. */
            dead_units: number | null;
            /** @description Its gradient. */
            gradient: components["schemas"]["Moments"] | null;
            /** @description How its gradient is spread out. */
            gradient_histogram: components["schemas"]["Bins"] | null;
            /**
             * Format: double
             * @description gradient:data: the standard deviation of the gradient over that of the values.
             */
            gradient_ratio: number | null;
            /**
             * Format: double
             * @description The standard deviation of its gradient.
             */
            gradient_std: number | null;
            /** @description How its values are spread out. */
            histogram: components["schemas"]["Bins"] | null;
            /**
             * Format: double
             * @description Excess kurtosis m₄ / m₂² − 3: 0 for a normal distribution, above 0 with heavy tails, −2 for two points.
             */
            kurtosis: number | null;
            /**
             * Format: double
             * @description The largest.
             */
            max: number;
            /**
             * Format: double
             * @description The mean; NaN (in JSON: null) where no number is finite.
             */
            mean: number;
            /**
             * Format: double
             * @description The smallest.
             */
            min: number;
            /** @description `hidden.weight`, `tanh`. */
            name: string;
            /** @description The nonlinearity whose output it is, by its name. */
            nonlinearity: string | null;
            /**
             * Format: double
             * @description The Kolmogorov–Smirnov distance to the normal distribution of the same mean and standard deviation (the
             *     statistic of Lilliefors 1967): the largest difference between the two cumulative distributions. 0 is normal;
             *     a uniform distribution has 0.06, two points far apart 0.34.
             */
            normality: number | null;
            /** @description How many numbers are NaN or infinite. */
            not_finite: number;
            /**
             * Format: double
             * @description Share of the values where the nonlinearity passes hardly any gradient ([`Saturation`]). Only for the outputs of
             *     one that saturates.
             */
            saturated: number | null;
            /** @description The sizes of its axes. */
            shape: number[];
            /**
             * Format: double
             * @description Skewness m₃ / m₂^1.5: 0 for a symmetric distribution, above 0 with a long tail to the right. `None` where all
             *     numbers are the same.
             */
            skew: number | null;
            /**
             * Format: double
             * @description The standard deviation, its root.
             */
            std: number | null;
            /**
             * @description How many units it has: neurons along the last axis, or the channels of a convolution. Only where there is a share
             *     of saturated values.
             */
            units: number | null;
            /**
             * Format: double
             * @description Its logarithm to base 10; around −3 is usual.
             */
            update_log10: number | null;
            /**
             * Format: double
             * @description update:data: the standard deviation of one step's update over that of the values. Only for parameters.
             */
            update_ratio: number | null;
            /**
             * Format: double
             * @description The variance, over n − 1; `None` for fewer than two numbers.
             */
            variance: number | null;
        };
        Memory: {
            limit_bytes: number | null;
            used_bytes: number | null;
        };
        /** @description A micro-batch. */
        MicroBatch: {
            /**
             * Format: double
             * @description Its mean loss.
             */
            loss: number;
            /** @description How many predictions it asks for. */
            predictions: number;
        };
        /** @description What can be said of some numbers in a few. All of it is about the finite ones. */
        Moments: {
            /**
             * Format: double
             * @description Excess kurtosis m₄ / m₂² − 3: 0 for a normal distribution, above 0 with heavy tails, −2 for two points.
             */
            kurtosis: number | null;
            /**
             * Format: double
             * @description The largest.
             */
            max: number;
            /**
             * Format: double
             * @description The mean; NaN (in JSON: null) where no number is finite.
             */
            mean: number;
            /**
             * Format: double
             * @description The smallest.
             */
            min: number;
            /**
             * Format: double
             * @description The Kolmogorov–Smirnov distance to the normal distribution of the same mean and standard deviation (the
             *     statistic of Lilliefors 1967): the largest difference between the two cumulative distributions. 0 is normal;
             *     a uniform distribution has 0.06, two points far apart 0.34.
             */
            normality: number | null;
            /** @description How many numbers are NaN or infinite. */
            not_finite: number;
            /**
             * Format: double
             * @description Skewness m₃ / m₂^1.5: 0 for a symmetric distribution, above 0 with a long tail to the right. `None` where all
             *     numbers are the same.
             */
            skew: number | null;
            /**
             * Format: double
             * @description The standard deviation, its root.
             */
            std: number | null;
            /**
             * Format: double
             * @description The variance, over n − 1; `None` for fewer than two numbers.
             */
            variance: number | null;
        };
        /** @description A recipe as a client names it: built in, or as text, with changes. */
        Named: {
            /** @default null */
            recipe?: string | null;
            /** @default {} */
            set?: {
                [key: string]: unknown;
            };
            /** @default null */
            toml?: string | null;
        };
        /** @description Names whose letters are counted. */
        Names: {
            names: string[];
            order: number;
        };
        /** @description The graph of a pass. */
        Network: {
            edges: components["schemas"]["NetworkEdge"][];
            operations: components["schemas"]["Operation"][];
            source: components["schemas"]["NetworkPass"];
            step: number;
            values: components["schemas"]["NetworkValue"][];
        };
        /** @description One value flows into another. */
        NetworkEdge: {
            from: string;
            /** @description Of what flows. */
            shape: number[];
            /** @description The operations between the two, that of the second included. */
            through: string[];
            to: string;
        };
        /** @description Of which pass it is. */
        NetworkPass: {
            context: string | null;
            /** Format: double */
            loss: number;
            target: number | null;
        };
        /** @description A value with a name. */
        NetworkValue: {
            /** @enum {string} */
            kind: "input" | "parameter" | "buffer" | "activation" | "loss";
            name: string;
            /** @description What made it. */
            op: string | null;
            /** @description The module it was made in. */
            path: string;
            shape: number[];
        };
        /** @description A neuron, one example, and every number on the way. */
        Neuron: {
            /** @description What is made of the sum, by its name. */
            activation: string;
            /**
             * Format: double
             * @description What is added besides.
             */
            bias: number;
            /** @description The class that this means. */
            class: string | null;
            /** @description Whether that is above ½, where it stands for one of two classes. */
            fires: boolean | null;
            /** @description What goes in, and what becomes of it. */
            inputs: components["schemas"]["NeuronInput"][];
            /**
             * Format: double
             * @description What comes out.
             */
            output: number;
            /**
             * Format: double
             * @description All products and the bias.
             */
            sum: number;
        };
        /** @description One input of a neuron. */
        NeuronInput: {
            /**
             * Format: double
             * @description As it was measured.
             */
            measured: number;
            /** @description What it is called. */
            name: string;
            /**
             * Format: double
             * @description value × weight.
             */
            product: number;
            /**
             * Format: double
             * @description As it goes in: the same, unless it was scaled.
             */
            value: number;
            /**
             * Format: double
             * @description Its weight.
             */
            weight: number;
        };
        /** @description An entry as a client gives it. */
        NewEdit: {
            enabled?: boolean | null;
            kind: components["schemas"]["EditKind"];
            /** @default  */
            name?: string;
            note?: string | null;
            operation?: components["schemas"]["EditOperation"] | null;
            /** @default null */
            range?: ([
                number,
                number
            ] | null)[] | null;
            seed?: number | null;
            step?: number | null;
            /** @default null */
            value?: components["schemas"]["EditValueGiven"] | null;
        };
        /** @description A body without anything in it. */
        Nothing: Record<string, never>;
        /** @description A class's probability with a patch greyed out, for each place of the patch. */
        Occlusion: {
            /** @description The class. */
            class: string;
            /** @description Rows and columns of the patch. */
            patch: number;
            /**
             * @description The probability with the patch about each pixel: `[rows, columns]`. Of large pictures, neighbouring pixels share one
             *     patch about their middle.
             */
            probability: number[];
            /** @description Rows and columns of the picture. */
            size: [
                number,
                number
            ];
            /**
             * Format: double
             * @description The probability of the whole picture.
             */
            whole: number;
        };
        /** @description Logits and what follows from them. */
        Odds: {
            logits: number[];
            /**
             * Format: double
             * @description −ln of the target's plain probability.
             */
            loss: number | null;
            /** @description softmax(logits) */
            plain: number[];
            /** @description After temperature, top-k and top-p. */
            probabilities: number[];
        };
        /** @description What holds for one class. A share is `None` where there is nothing to take it of. */
        OfClass: {
            /** @description What it is called. */
            class: string;
            /**
             * Format: double
             * @description The harmonic mean of both, 2·p·r / (p + r).
             */
            f1: number | null;
            /**
             * Format: double
             * @description Of all that were taken for it, the share that was it.
             */
            precision: number | null;
            /**
             * Format: double
             * @description Of all that were it, the share that was taken for it.
             */
            recall: number | null;
            /** @description How many there were of it. */
            support: number;
        };
        /** @description What goes into an operation. */
        Operand: {
            /** @description The operation that made it. */
            index: number | null;
            name: string | null;
            shape: number[];
        };
        /** @description One operation. */
        Operation: {
            formula: string;
            index: number;
            inputs: components["schemas"]["Operand"][];
            name: string | null;
            op: string;
            path: string;
            shape: number[];
        };
        Order: {
            ids: number[];
        };
        /** @description Numbers from elsewhere. */
        Patch: {
            /** @description The context they stand for. */
            context: string;
            /** @description The numbers as they were when the edit was made, where they come from another session: that one goes on. */
            numbers?: components["schemas"]["PatchNumbers"] | null;
            /** @description The session they come from, where that is another. */
            session?: string | null;
        };
        /** @description Numbers from elsewhere. */
        PatchGiven: {
            /** @description The context they stand for. */
            context: string;
            /** @description The numbers as they were when the edit was made, where they come from another session: that one goes on. */
            numbers?: components["schemas"]["PatchNumbersGiven"] | null;
            /** @description The session they come from, where that is another. */
            session?: string | null;
        };
        /** @description A tensor in a log. */
        PatchNumbers: {
            shape: number[];
            values: number[];
        };
        /** @description A tensor in a log. */
        PatchNumbersGiven: {
            shape: number[];
            values: number[];
        };
        Place: {
            place: [
                number,
                number
            ];
        };
        Play: {
            /** @default null */
            until?: number | null;
        };
        /** @description What is to be trained. */
        Precision: {
            formats: string[];
            steps: number;
        };
        /** @description The next letter's probabilities. */
        Prediction: {
            bias: number[] | null;
            importance: components["schemas"]["Importance"][] | null;
            letters: string[];
            logits: number[];
            /**
             * Format: double
             * @description −ln of the target's plain probability.
             */
            loss: number | null;
            /** @description softmax(logits) */
            plain: number[];
            /** @description After temperature, top-k and top-p. */
            probabilities: number[];
            step: number;
            target: string | null;
            /** @description What the model saw. */
            tokens: number[];
            unedited: components["schemas"]["Odds"] | null;
        };
        /** @description How the next letter is chosen. */
        PredictionAsk: {
            /** @default false */
            compare?: boolean;
            /** @default  */
            context?: string;
            /** @default true */
            edited?: boolean;
            /** @default false */
            importance?: boolean;
            /** @default null */
            target?: string | null;
            /**
             * Format: double
             * @default 1
             */
            temperature?: number;
            /** @default null */
            top_k?: number | null;
            /**
             * Format: double
             * @default null
             */
            top_p?: number | null;
        };
        /** @description From and to (exclusive) along each axis; `None` is all of it. */
        Range: ([
            number,
            number
        ] | null)[] | null;
        /** @description How a model's outputs are read. */
        Reading: "softmax" | "shares" | "values";
        /** @description What is wrong, and what to do. */
        Reason: {
            /** @description One word for programs: `not_found`, `conflict`, `limit`, … */
            code: string;
            /** @description One line for people. */
            message: string;
        };
        /** @description A built-in recipe. */
        Recipe: {
            about: string;
            data: string;
            entries: components["schemas"]["Entry"][];
            model: string;
            name: string;
            steps: number;
            /**
             * @description What the model takes: `tokens`, `features`, `words`.
             * @enum {string}
             */
            takes: "tokens" | "features" | "words";
            toml: string;
        };
        /** @description From where to where it trains again. */
        Replay: {
            from: number;
            to: number;
        };
        /** @description A row, and what it is of. */
        Row: {
            /** @description How many of them are saturated at every place of every example of the batch. */
            dead_units: number | null;
            /** @description Its gradient. */
            gradient: components["schemas"]["Moments"] | null;
            /** @description How its gradient is spread out. */
            gradient_histogram: components["schemas"]["Bins"] | null;
            /**
             * Format: double
             * @description gradient:data: the standard deviation of the gradient over that of the values.
             */
            gradient_ratio: number | null;
            /**
             * Format: double
             * @description The standard deviation of its gradient.
             */
            gradient_std: number | null;
            /** @description How its values are spread out. */
            histogram: components["schemas"]["Bins"] | null;
            /** @enum {string} */
            kind: "parameter" | "buffer" | "activation";
            /**
             * Format: double
             * @description Excess kurtosis m₄ / m₂² − 3: 0 for a normal distribution, above 0 with heavy tails, −2 for two points.
             */
            kurtosis: number | null;
            /**
             * Format: double
             * @description The largest.
             */
            max: number;
            /**
             * Format: double
             * @description The mean; NaN (in JSON: null) where no number is finite.
             */
            mean: number;
            /**
             * Format: double
             * @description The smallest.
             */
            min: number;
            /** @description `hidden.weight`, `tanh`. */
            name: string;
            /** @description The nonlinearity whose output it is, by its name. */
            nonlinearity: string | null;
            /**
             * Format: double
             * @description The Kolmogorov–Smirnov distance to the normal distribution of the same mean and standard deviation (the
             *     statistic of Lilliefors 1967): the largest difference between the two cumulative distributions. 0 is normal;
             *     a uniform distribution has 0.06, two points far apart 0.34.
             */
            normality: number | null;
            /** @description How many numbers are NaN or infinite. */
            not_finite: number;
            /**
             * Format: double
             * @description Share of the values where the nonlinearity passes hardly any gradient ([`Saturation`]). Only for the outputs of
             *     one that saturates.
             */
            saturated: number | null;
            /** @description The sizes of its axes. */
            shape: number[];
            /**
             * Format: double
             * @description Skewness m₃ / m₂^1.5: 0 for a symmetric distribution, above 0 with a long tail to the right. `None` where all
             *     numbers are the same.
             */
            skew: number | null;
            /**
             * Format: double
             * @description The standard deviation, its root.
             */
            std: number | null;
            /**
             * @description How many units it has: neurons along the last axis, or the channels of a convolution. Only where there is a share
             *     of saturated values.
             */
            units: number | null;
            /**
             * Format: double
             * @description Its logarithm to base 10; around −3 is usual.
             */
            update_log10: number | null;
            /**
             * Format: double
             * @description update:data: the standard deviation of one step's update over that of the values. Only for parameters.
             */
            update_ratio: number | null;
            /**
             * Format: double
             * @description The variance, over n − 1; `None` for fewer than two numbers.
             */
            variance: number | null;
        };
        /** @description A recorded run. */
        Run: {
            created: number;
            data: string;
            /** @description How and why it ended, where that is known. */
            ended: components["schemas"]["Ended"] | null;
            /** @description The last recorded value of each series of the whole run. */
            losses: {
                [key: string]: number;
            };
            model: string;
            name: string;
            /** @description What its owner has noted of it; empty where there is nothing. */
            note: string;
            parameters: number;
            recipe: string;
            /** Format: double */
            seconds: number;
            /** @description Whether it is a session that is open. */
            session: boolean;
            status: string;
            step: number;
            steps: number;
            /** @description The words its owner has put on it. */
            tags: string[];
        };
        /** @description What its owner may say of a run. */
        RunChange: {
            /**
             * @description Another name.
             * @default null
             */
            name?: string | null;
            /**
             * @description A text; an empty one takes it away.
             * @default null
             */
            note?: string | null;
            /**
             * @description All words it is to have.
             * @default null
             */
            tags?: string[] | null;
        };
        /** @description A run with all that is recorded of it. */
        RunDetail: {
            checkpoints: number[];
            created: number;
            data: string;
            /** @description How and why it ended, where that is known. */
            ended: components["schemas"]["Ended"] | null;
            entries: components["schemas"]["Entry"][];
            /** @description The last recorded value of each series of the whole run. */
            losses: {
                [key: string]: number;
            };
            model: string;
            name: string;
            /** @description What its owner has noted of it; empty where there is nothing. */
            note: string;
            parameters: number;
            recipe: string;
            samples: string[];
            /** Format: double */
            seconds: number;
            series: string[];
            /** @description Whether it is a session that is open. */
            session: boolean;
            status: string;
            step: number;
            steps: number;
            /** @description The words its owner has put on it. */
            tags: string[];
            toml: string;
        };
        /** @description How the class's score answers to each input. */
        Saliency: {
            gradient: number[];
            product: number[];
        };
        /** @description One generated text. */
        Sample: {
            /** @description Whether the text came to its end; if not, it was cut at its length. */
            ended: boolean;
            /** @description Whether it stands, letter for letter, in the list the run was given; `None` where that list is not at hand. */
            known: boolean | null;
            /** @description The text, with its prompt, without start and end marks. */
            text: string;
        };
        Scalar: {
            /** @description In which gradients are passed on. */
            backward: components["schemas"]["ScalarTurn"][];
            nodes: components["schemas"]["ScalarNode"][];
            notes: string[];
            /** @description In which values are computed. */
            order: number[];
            svg: string | null;
        };
        ScalarNode: {
            /** Format: double */
            gradient: number;
            index: number;
            inputs: number[];
            label: string | null;
            op: string;
            /** Format: double */
            value: number;
        };
        /** @description A node passes its gradient on. */
        ScalarTurn: {
            contributions: components["schemas"]["Contribution"][];
            formula: string;
            node: number;
        };
        /** @description A class's score, and what it is the sum of. */
        Score: {
            /**
             * Format: double
             * @description What is added besides.
             */
            bias: number;
            /** @description The class. */
            class: string;
            /** @description What each unit of the last hidden layer adds, the largest first, whatever its sign. */
            parts: components["schemas"]["ScorePart"][];
            /**
             * Format: double
             * @description What the model made of it, before any squashing.
             */
            score: number;
        };
        /** @description What one unit adds to a score. */
        ScorePart: {
            /**
             * Format: double
             * @description How active it was.
             */
            activation: number;
            /**
             * Format: double
             * @description activation × weight.
             */
            product: number;
            /** @description Its number in the last hidden layer. */
            unit: number;
            /**
             * Format: double
             * @description Its weight for the class.
             */
            weight: number;
        };
        /** @description A series of a run. */
        Series: {
            name: string;
            points: [
                number,
                number
            ][];
            series: string;
        };
        /** @description The value of a key: as in TOML, but a path is shown by its name. */
        Setting: components["schemas"]["Word"] | components["schemas"]["Word"][];
        /** @description One side. */
        Side: {
            /**
             * Format: double
             * @description Of the split that was asked for.
             */
            loss: number | null;
            samples: components["schemas"]["Sample"][];
        };
        /** @description A training example that looks alike to the model. */
        SimilarExample: {
            /** @description Its class; `None` where examples have values. */
            class: string | null;
            input: number[];
            /**
             * Format: double
             * @description How near it is: the larger, the nearer.
             */
            nearness: number;
            /** @description Its row in the training part. */
            row: number;
        };
        /** @description How many examples there are. */
        Sizes: {
            dev: number;
            test: number;
            train: number;
        };
        /** @description A session in words and numbers. */
        State: {
            /**
             * Format: double
             * @description Of the held-out part.
             */
            accuracy: number | null;
            block_size: number;
            checkpoints: number[];
            data: string;
            /**
             * Format: double
             * @description Of the held-out part.
             */
            dev_loss: number | null;
            /** @description At which step the held-out part was measured. */
            dev_step: number | null;
            edits: number;
            family: string;
            /**
             * @description What a pass takes.
             * @enum {string}
             */
            form: "contexts" | "sequences" | "examples";
            id: string;
            /** Format: double */
            learning_rate: number;
            /**
             * Format: double
             * @description Where it was set by hand.
             */
            learning_rate_fixed: number | null;
            /**
             * Format: double
             * @description Of the batches of the last step that was made.
             */
            loss: number | null;
            /** @description After how many steps that was. */
            loss_step: number | null;
            message: string | null;
            /** @description The kind of model. */
            model: string;
            /** @description How many numbers it learns. */
            parameters: number;
            recipe: string;
            replay: components["schemas"]["Replay"] | null;
            seed: number;
            /** Format: double */
            speed: number | null;
            status: components["schemas"]["Status"];
            step: number;
            /** @description Where play ends. */
            steps: number;
            /** Format: double */
            steps_per_second: number;
            /** @description What is told that is no next token. */
            task?: components["schemas"]["Task"] | null;
            toml?: string;
            version: number;
            /** @description The text of each token; empty where the model knows none. */
            vocabulary?: string[];
        };
        StateValues: {
            name: string;
            shape: number[];
            values: number[];
        };
        /** @description Values along a text. */
        States: {
            letters: string[];
            values: components["schemas"]["StateValues"][];
        };
        /** @description What it is doing. */
        Status: "paused" | "playing" | "replaying" | "finished" | "diverged" | "asleep";
        Step: {
            /** @default 1 */
            count?: number;
        };
        /** @description A study with what it found. */
        Study: {
            all: number;
            /** @description Empty until it is done. */
            formats: components["schemas"]["Track"][];
            /** @description Steps made in all formats, and those to make; the exact training that all are held against counts. */
            made: number;
            /** @description Why it failed. */
            message: string | null;
            status: components["schemas"]["StudyStatus"];
            /** @description The session's step that it begins at. */
            step: number;
            /** @description Steps in each format. */
            steps: number;
        };
        /** @description How far it is. */
        StudyNews: {
            all: number;
            /** @description Steps made in all formats, and those to make; the exact training that all are held against counts. */
            made: number;
            /** @description Why it failed. */
            message: string | null;
            status: components["schemas"]["StudyStatus"];
            /** @description The session's step that it begins at. */
            step: number;
            /** @description Steps in each format. */
            steps: number;
        };
        /**
         * @description Where a study stands.
         * @enum {string}
         */
        StudyStatus: "running" | "done" | "cancelled" | "failed";
        /** @description A tensor's statistics. */
        Summary: {
            histogram: components["schemas"]["Bins"] | null;
            /**
             * Format: double
             * @description Excess kurtosis m₄ / m₂² − 3: 0 for a normal distribution, above 0 with heavy tails, −2 for two points.
             */
            kurtosis?: number | null;
            /**
             * Format: double
             * @description The largest.
             */
            max?: number;
            /**
             * Format: double
             * @description The mean; NaN (in JSON: null) where no number is finite.
             */
            mean?: number;
            /**
             * Format: double
             * @description The smallest.
             */
            min?: number;
            /**
             * Format: double
             * @description The Kolmogorov–Smirnov distance to the normal distribution of the same mean and standard deviation (the
             *     statistic of Lilliefors 1967): the largest difference between the two cumulative distributions. 0 is normal;
             *     a uniform distribution has 0.06, two points far apart 0.34.
             */
            normality?: number | null;
            /** @description How many numbers are NaN or infinite. */
            not_finite?: number;
            /**
             * Format: double
             * @description Skewness m₃ / m₂^1.5: 0 for a symmetric distribution, above 0 with a long tail to the right. `None` where all
             *     numbers are the same.
             */
            skew?: number | null;
            /**
             * Format: double
             * @description The standard deviation, its root.
             */
            std?: number | null;
            /**
             * Format: double
             * @description The variance, over n − 1; `None` for fewer than two numbers.
             */
            variance?: number | null;
        };
        /** @description What a model that is no language model takes and tells. */
        Task: {
            /** @description What the classes or values are called. */
            classes: string[];
            features: string[];
            reading: components["schemas"]["Reading"];
            /** @description Of one example; empty for words. */
            shape: number[];
            sizes: components["schemas"]["Sizes"];
        };
        /** @description The numbers of a tensor, or of a part of it. */
        Tensor: {
            dtype: string;
            full_shape: number[];
            name: string;
            /** @description Of the part that was asked for. */
            shape: number[];
            statistics: components["schemas"]["Summary"];
            step: number;
            values: number[];
        };
        /** @description A tensor with a name. */
        TensorInfo: {
            dtype: string;
            /** @enum {string} */
            kind: "parameter" | "buffer" | "activation";
            name: string;
            numbers: number;
            shape: number[];
        };
        /** @description What an advice is about. */
        Topic: "not-finite" | "confident" | "worse-than-chance" | "saturated" | "dead" | "vanishing" | "exploding" | "gradients" | "learning-rate" | "well";
        /** @description A step in its four phases. */
        Trace: {
            /**
             * Format: double
             * @description What the gradients were multiplied with to keep the norm within `clip`; 1 where it was.
             */
            clip_scale: number;
            /** Format: double */
            learning_rate: number;
            /**
             * Format: double
             * @description The mean over all predictions of the step.
             */
            loss: number;
            /** @description The step's micro-batches. The phases forward, loss and backward are those of the first; the update is the step's. */
            micro_batches: components["schemas"]["MicroBatch"][];
            /**
             * Format: double
             * @description The norm of all gradients together, before it was limited.
             */
            norm: number;
            phases: components["schemas"]["TracePhase"][];
            step: number;
        };
        TraceOperation: {
            formula: string;
            index: number;
            inputs: components["schemas"]["TracePart"][];
            name: string | null;
            op: string;
            /** @description One result, where the phase is not backward. */
            output?: components["schemas"]["TracePart"] | null;
            /** @description The gradients of the inputs. */
            outputs?: components["schemas"]["TracePart"][];
            path: string;
        };
        /** @description A tensor that goes in or comes out. */
        TracePart: {
            /** @description The first of them. */
            first: number[];
            /** @description The operation that made it. */
            index: number | null;
            name: string | null;
            shape: number[];
            /** @description By which its numbers are asked for. */
            tensor: string;
        };
        TracePhase: {
            operations: components["schemas"]["TraceOperation"][];
            /** @enum {string} */
            phase: "forward" | "loss" | "backward" | "update";
        };
        /** @description One format's short training. */
        Track: {
            /**
             * @description How far each parameter and each activation of the next batch has come from the exact ones, in the order in
             *     which a step computes them.
             */
            divergence: components["schemas"]["Divergence"][];
            /** @description Why it ended early, where it did. */
            failed: string | null;
            /** @description Steps made, and the loss of each's batch. */
            losses: [
                number,
                number
            ][];
            /** @description `bf16`, `decimal:3`. */
            name: string;
        };
        /** @description How characters are fused, level by level. */
        Tree: {
            letters: string[];
            levels: components["schemas"]["TreeLevel"][];
        };
        TreeLevel: {
            /** @description The letters that stand behind each place. */
            groups: string[];
            name: string;
            shape: number[];
            values: number[];
        };
        /** @description Data that a client brings. */
        Upload: {
            /** @default lines */
            kind?: components["schemas"]["Brought"];
            name: string;
            text: string;
        };
        /** @description Data that were kept. */
        Uploaded: {
            /** @description Lines, letters or examples. */
            items: number;
            kind: components["schemas"]["Brought"];
            /** @description By which they are found from now on. */
            name: string;
            /** @description Its letters. */
            vocabulary: string;
        };
        /** @description Value or gradient. */
        ValueOrGradient: "value" | "gradient";
        /** @description A value that is no list. */
        Word: boolean | number | string;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type About = components['schemas']['About'];
export type Advice = components['schemas']['Advice'];
export type Asleep = components['schemas']['Asleep'];
export type Attention = components['schemas']['Attention'];
export type AttentionHead = components['schemas']['AttentionHead'];
export type AttentionLayer = components['schemas']['AttentionLayer'];
export type Bins = components['schemas']['Bins'];
export type Brought = components['schemas']['Brought'];
export type Change = components['schemas']['Change'];
export type Checked = components['schemas']['Checked'];
export type Classified = components['schemas']['Classified'];
export type Compare = components['schemas']['Compare'];
export type Compared = components['schemas']['Compared'];
export type Confusion = components['schemas']['Confusion'];
export type Connection = components['schemas']['Connection'];
export type ConnectionGiven = components['schemas']['ConnectionGiven'];
export type Contribution = components['schemas']['Contribution'];
export type Counted = components['schemas']['Counted'];
export type Create = components['schemas']['Create'];
export type DataDetail = components['schemas']['DataDetail'];
export type DataSet = components['schemas']['DataSet'];
export type Decoded = components['schemas']['Decoded'];
export type Diagnosis = components['schemas']['Diagnosis'];
export type Divergence = components['schemas']['Divergence'];
export type Drawn = components['schemas']['Drawn'];
export type Edit = components['schemas']['Edit'];
export type EditGiven = components['schemas']['EditGiven'];
export type EditKind = components['schemas']['EditKind'];
export type EditLog = components['schemas']['EditLog'];
export type EditLogGiven = components['schemas']['EditLogGiven'];
export type EditOperation = components['schemas']['EditOperation'];
export type EditValue = components['schemas']['EditValue'];
export type EditValueGiven = components['schemas']['EditValueGiven'];
export type EditsNote = components['schemas']['EditsNote'];
export type EmbeddingMap = components['schemas']['EmbeddingMap'];
export type Ended = components['schemas']['Ended'];
export type Entry = components['schemas']['Entry'];
export type Error = components['schemas']['Error'];
export type Evaluate = components['schemas']['Evaluate'];
export type Evaluated = components['schemas']['Evaluated'];
export type Events = components['schemas']['Events'];
export type Example = components['schemas']['Example'];
export type Examples = components['schemas']['Examples'];
export type Explained = components['schemas']['Explained'];
export type Expression = components['schemas']['Expression'];
export type FeatureMaps = components['schemas']['FeatureMaps'];
export type Fetched = components['schemas']['Fetched'];
export type First = components['schemas']['First'];
export type Format = components['schemas']['Format'];
export type Generate = components['schemas']['Generate'];
export type Generated = components['schemas']['Generated'];
export type Goto = components['schemas']['Goto'];
export type History = components['schemas']['History'];
export type Importance = components['schemas']['Importance'];
export type Kernels = components['schemas']['Kernels'];
export type Key = components['schemas']['Key'];
export type Landscape = components['schemas']['Landscape'];
export type LandscapePoint = components['schemas']['LandscapePoint'];
export type Latent = components['schemas']['Latent'];
export type Lens = components['schemas']['Lens'];
export type LensLayer = components['schemas']['LensLayer'];
export type LetterGraph = components['schemas']['LetterGraph'];
export type LetterGraphGiven = components['schemas']['LetterGraphGiven'];
export type Limits = components['schemas']['Limits'];
export type ListedExample = components['schemas']['ListedExample'];
export type ListedSession = components['schemas']['ListedSession'];
export type LogChange = components['schemas']['LogChange'];
export type LossNews = components['schemas']['LossNews'];
export type MeasuredRow = components['schemas']['MeasuredRow'];
export type Memory = components['schemas']['Memory'];
export type MicroBatch = components['schemas']['MicroBatch'];
export type Moments = components['schemas']['Moments'];
export type Named = components['schemas']['Named'];
export type Names = components['schemas']['Names'];
export type Network = components['schemas']['Network'];
export type NetworkEdge = components['schemas']['NetworkEdge'];
export type NetworkPass = components['schemas']['NetworkPass'];
export type NetworkValue = components['schemas']['NetworkValue'];
export type Neuron = components['schemas']['Neuron'];
export type NeuronInput = components['schemas']['NeuronInput'];
export type NewEdit = components['schemas']['NewEdit'];
export type Nothing = components['schemas']['Nothing'];
export type Occlusion = components['schemas']['Occlusion'];
export type Odds = components['schemas']['Odds'];
export type OfClass = components['schemas']['OfClass'];
export type Operand = components['schemas']['Operand'];
export type Operation = components['schemas']['Operation'];
export type Order = components['schemas']['Order'];
export type Patch = components['schemas']['Patch'];
export type PatchGiven = components['schemas']['PatchGiven'];
export type PatchNumbers = components['schemas']['PatchNumbers'];
export type PatchNumbersGiven = components['schemas']['PatchNumbersGiven'];
export type Place = components['schemas']['Place'];
export type Play = components['schemas']['Play'];
export type Precision = components['schemas']['Precision'];
export type Prediction = components['schemas']['Prediction'];
export type PredictionAsk = components['schemas']['PredictionAsk'];
export type Range = components['schemas']['Range'];
export type Reading = components['schemas']['Reading'];
export type Reason = components['schemas']['Reason'];
export type Recipe = components['schemas']['Recipe'];
export type Replay = components['schemas']['Replay'];
export type Row = components['schemas']['Row'];
export type Run = components['schemas']['Run'];
export type RunChange = components['schemas']['RunChange'];
export type RunDetail = components['schemas']['RunDetail'];
export type Saliency = components['schemas']['Saliency'];
export type Sample = components['schemas']['Sample'];
export type Scalar = components['schemas']['Scalar'];
export type ScalarNode = components['schemas']['ScalarNode'];
export type ScalarTurn = components['schemas']['ScalarTurn'];
export type Score = components['schemas']['Score'];
export type ScorePart = components['schemas']['ScorePart'];
export type Series = components['schemas']['Series'];
export type Setting = components['schemas']['Setting'];
export type Side = components['schemas']['Side'];
export type SimilarExample = components['schemas']['SimilarExample'];
export type Sizes = components['schemas']['Sizes'];
export type State = components['schemas']['State'];
export type StateValues = components['schemas']['StateValues'];
export type States = components['schemas']['States'];
export type Status = components['schemas']['Status'];
export type Step = components['schemas']['Step'];
export type Study = components['schemas']['Study'];
export type StudyNews = components['schemas']['StudyNews'];
export type StudyStatus = components['schemas']['StudyStatus'];
export type Summary = components['schemas']['Summary'];
export type Task = components['schemas']['Task'];
export type Tensor = components['schemas']['Tensor'];
export type TensorInfo = components['schemas']['TensorInfo'];
export type Topic = components['schemas']['Topic'];
export type Trace = components['schemas']['Trace'];
export type TraceOperation = components['schemas']['TraceOperation'];
export type TracePart = components['schemas']['TracePart'];
export type TracePhase = components['schemas']['TracePhase'];
export type Track = components['schemas']['Track'];
export type Tree = components['schemas']['Tree'];
export type TreeLevel = components['schemas']['TreeLevel'];
export type Upload = components['schemas']['Upload'];
export type Uploaded = components['schemas']['Uploaded'];
export type ValueOrGradient = components['schemas']['ValueOrGradient'];
export type Word = components['schemas']['Word'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
